"""Attack the correctly classified images of a shard and judge the stored 8-bit images.

Reads the clean table of the shard and, for attacks that need a second image for each image, the
subset and clean tables of the shards that hold those. Writes the table of the attack.
"""

from itertools import chain
from pathlib import Path

from ssimball.attacks.driver import run
from ssimball.attacks.subjects import partners, subjects
from ssimball.attacks.task import Task
from ssimball.config.stages.attack import AttackStage
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.status import Status
from ssimball.storage.tables import read_table, write_table

with job(snakemake, AttackStage) as running:
    stage, device = running.stage, running.device
    task = Task.load(
        stage.attack,
        stage.settings,
        load_classifier(running.with_local_weights(stage.model), device),
        comparison=stage.comparison,
        seed=stage.seed,
        device=device,
    )
    clean = read_table(Path(snakemake.input.clean), CLEAN).to_pylist()
    others = {}
    if stage.settings.needs_others:
        subset = [read_table(Path(path), SUBSET).to_pylist() for path in snakemake.input.subset]
        shards = [read_table(Path(path), CLEAN).to_pylist() for path in snakemake.input.partners]
        others = partners(chain.from_iterable(subset), chain.from_iterable(shards))
    attackable = subjects(clean, others)
    progress = running.report_progress(
        run(task, attackable, running.execution.batch_size),
        len(attackable),
        f"{stage.attack} {snakemake.wildcards.shard}",
    )
    attacked = {row["image_id"]: row for row in progress}
    rows = []
    for row in clean:
        skipped = {
            "image_id": row["image_id"],
            "label": row["label"],
            "status": str(Status.not_attacked(row["status"])),
        }
        rows.append(attacked.get(row["image_id"], skipped))
    write_table(Path(snakemake.output[0]), ATTACKS, rows, running.provenance(device))
