"""Write the effective configuration beside the results, with sorted keys.

Reads its own stage. Writes config.yaml.
"""

from pathlib import Path

import yaml

from ssimball.config.stages.configuration import ConfigStage
from ssimball.config.study import effective
from ssimball.pipeline.jobs import job
from ssimball.storage.atomic import write_text

with job(snakemake, ConfigStage) as running:
    text = yaml.safe_dump(effective(running.stage.config))
    write_text(Path(snakemake.output[0]), text)
