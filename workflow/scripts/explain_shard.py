"""One explanation of the clean images of a shard: label and prediction."""

from pathlib import Path

from ssimball.explanations.driver import answer, clean_questions, task_of
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.tables import read_table, write_table

with job(snakemake) as running:
    stage, device = running.stage, running.device
    task = task_of(stage, load_classifier(running.model_settings(), device), device)
    clean = read_table(Path(snakemake.input[0]), CLEAN).to_pylist()
    asked = [question for row in clean for question in clean_questions(row)]
    what = f"{stage['explanation']} {snakemake.wildcards.shard}"
    rows = [answer(task, question) for question in running.progress(asked, len(asked), what)]
    write_table(Path(snakemake.output[0]), EXPLANATIONS, rows, running.provenance(device))
