"""Explain label and prediction on the clean images of a shard by one method."""

from pathlib import Path

from ssimball.explanations.driver import clean_questions, explain, load_task
from ssimball.explanations.registry import settings_of
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.tables import read_table, write_table

with job(snakemake) as running:
    stage, device = running.stage, running.device
    task = load_task(
        stage["explanation"],
        settings_of(stage["settings"]),
        load_classifier(running.model_settings(), device),
        seed=stage.get("seed"),
        device=device,
    )
    clean = read_table(Path(snakemake.input[0]), CLEAN).to_pylist()
    questions = [question for row in clean for question in clean_questions(row)]
    description = f"{stage['explanation']} {snakemake.wildcards.shard}"
    progress = running.progress(questions, len(questions), description)
    rows = [explain(task, question).row() for question in progress]
    write_table(Path(snakemake.output[0]), EXPLANATIONS, rows, running.provenance(device))
