"""One explanation under one attack: the adversarial class, and the adversarial images."""

from pathlib import Path

from ssimball.explanations.driver import answer, attacked_questions, task_of
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS_ATTACKED
from ssimball.storage.tables import read_table, write_table

with job(snakemake) as running:
    stage, device = running.stage, running.device
    task = task_of(stage, load_classifier(running.model_settings(), device), device)
    clean = read_table(Path(snakemake.input.clean), CLEAN, ["image_id", "image_png"]).to_pylist()
    wanted = ["image_id", "status", "label", "predicted", "adversarial_png"]
    attacked = read_table(Path(snakemake.input.attack), ATTACKS, wanted).to_pylist()
    images = {row["image_id"]: row["image_png"] for row in clean}
    asked = [q for row in attacked for q in attacked_questions(row, images[row["image_id"]])]
    what = f"{stage['explanation']} {stage['attack']} {snakemake.wildcards.shard}"
    rows = [answer(task, question) for question in running.progress(asked, len(asked), what)]
    write_table(Path(snakemake.output[0]), EXPLANATIONS_ATTACKED, rows, running.provenance(device))
