"""Explain adversarial images and adversarial classes of a shard by one method.

Reads the clean table and the attack's table. Writes a table of maps.
"""

from pathlib import Path

from ssimball.config.stages.explain import ExplainAttackStage
from ssimball.explanations.driver import attacked_questions, explain, load_task
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import EXPLANATIONS_ATTACKED
from ssimball.storage.tables import read_table, write_table

with job(snakemake, ExplainAttackStage) as running:
    stage, device = running.stage, running.device
    task = load_task(
        stage.explanation,
        stage.settings,
        load_classifier(running.with_local_weights(stage.model), device),
        seed=stage.seed,
        device=device,
    )
    clean = read_table(Path(snakemake.input.clean), CLEAN, ["image_id", "image_png"]).to_pylist()
    wanted = ["image_id", "status", "label", "predicted", "adversarial_png"]
    attacked = read_table(Path(snakemake.input.attack), ATTACKS, wanted).to_pylist()
    images = {row["image_id"]: row["image_png"] for row in clean}
    questions = [q for row in attacked for q in attacked_questions(row, images[row["image_id"]])]
    description = f"{stage.explanation} {stage.attack} {snakemake.wildcards.shard}"
    progress = running.report_progress(questions, len(questions), description)
    rows = [explain(task, question).row() for question in progress]
    write_table(Path(snakemake.output[0]), EXPLANATIONS_ATTACKED, rows, running.provenance(device))
