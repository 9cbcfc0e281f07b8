"""Preprocess and classify the clean images of a shard.

Reads the subset table of the shard and the images themselves. Writes the clean table.
"""

from pathlib import Path

from ssimball.config.stages.images import CleanStage
from ssimball.models.classifier import load_classifier
from ssimball.models.clean import clean_row
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.tables import read_table, write_table

with job(snakemake, CleanStage) as running:
    shard, device = snakemake.wildcards.shard, running.device
    subset = read_table(Path(snakemake.input[0]), SUBSET).to_pylist()
    dataset = running.dataset()
    entries = {entry.image_id: entry for entry in dataset.entries()}
    classifier = load_classifier(running.with_local_weights(running.stage.model), device)
    settings = running.stage.preprocessing
    rows = [
        clean_row(row, dataset, entries.get(row["image_id"]), settings, classifier)
        for row in running.report_progress(subset, len(subset), f"clean {shard}")
    ]
    write_table(Path(snakemake.output[0]), CLEAN, rows, running.provenance(device))
