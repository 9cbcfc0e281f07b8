"""Explain label and prediction on the clean images of a shard by one method.

Reads the clean table. Writes a table of maps.
"""

from pathlib import Path

from ssimball.config.stages.explain import ExplainStage
from ssimball.explanations.driver import clean_questions, explain, load_task
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.tables import read_table, write_table

with job(snakemake, ExplainStage) as running:
    stage, device = running.stage, running.device
    task = load_task(
        stage.explanation,
        stage.settings,
        load_classifier(running.with_local_weights(stage.model), device),
        seed=stage.seed,
        device=device,
    )
    clean = read_table(Path(snakemake.input[0]), CLEAN).to_pylist()
    questions = [question for row in clean for question in clean_questions(row)]
    description = f"{stage.explanation} {snakemake.wildcards.shard}"
    progress = running.report_progress(questions, len(questions), description)
    rows = [explain(task, question).row() for question in progress]
    write_table(Path(snakemake.output[0]), EXPLANATIONS, rows, running.provenance(device))
