"""Write the effective configuration beside the results."""

from pathlib import Path

import yaml

from ssimball.pipeline.jobs import job
from ssimball.storage.atomic import write_text

with job(snakemake) as running:
    text = yaml.safe_dump(running.stage["config"], sort_keys=False)
    write_text(Path(snakemake.output[0]), text)
