"""Compute the CAMs of classes other than the true one on the clean images of a shard.

Reads the clean table. Writes a table of maps.
"""

from pathlib import Path

from ssimball.config.stages.explain import ClassCamsStage
from ssimball.explanations.other_classes import class_cams
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import CLASS_CAMS
from ssimball.storage.tables import read_table, write_table

with job(snakemake, ClassCamsStage) as running:
    stage, device = running.stage, running.device
    classifier = load_classifier(running.with_local_weights(stage.model), device)
    clean = read_table(Path(snakemake.input[0]), CLEAN).to_pylist()
    description = f"class_cams {snakemake.wildcards.shard}"
    progress = running.report_progress(clean, len(clean), description)
    rows = [cam.row() for row in progress for cam in class_cams(classifier, row, stage.seed)]
    write_table(Path(snakemake.output[0]), CLASS_CAMS, rows, running.provenance(device))
