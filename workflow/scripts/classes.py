"""Store the names of the classes.

Reads the data set. Writes the table of classes.
"""

from pathlib import Path

from ssimball.config.stages.images import ClassesStage
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLASSES
from ssimball.storage.tables import write_table

with job(snakemake, ClassesStage) as running:
    names = running.dataset().class_names
    classes = [{"label": label, "name": name} for label, name in enumerate(names)]
    write_table(Path(snakemake.output[0]), CLASSES, classes, running.provenance())
