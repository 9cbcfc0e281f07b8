"""List every file of the run with its sha256.

Reads all files of the run except logs. Writes checksums.sha256.
"""

from pathlib import Path

from ssimball.config.stages.publishing import ChecksumsStage
from ssimball.pipeline.jobs import job
from ssimball.storage.atomic import write_text
from ssimball.storage.checksums import checksums_text

with job(snakemake, ChecksumsStage) as running:
    names = [path.relative_to(running.folder).as_posix() for path in running.inputs]
    names += snakemake.params.explorer
    write_text(Path(snakemake.output[0]), checksums_text(running.folder, names))
