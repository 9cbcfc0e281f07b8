"""Attack the correctly classified images of a shard; judge what is stored."""

from itertools import chain
from pathlib import Path

from ssimball.attacks import registry
from ssimball.attacks.driver import Task, run
from ssimball.attacks.subjects import partners, subjects
from ssimball.config.stages.attack import AttackStage
from ssimball.models.classifier import load_classifier
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN, SUBSET
from ssimball.storage.status import set_aside
from ssimball.storage.tables import read_table, write_table

with job(snakemake, AttackStage) as running:
    stage, device = running.stage, running.device
    settings = stage.settings
    task = Task(
        name=stage.attack,
        attack=registry.load(settings.method),
        settings=settings,
        classifier=load_classifier(running.with_local_weights(stage.model), device),
        seed=stage.seed,
        terms=stage.comparison,
        device=device,
    )
    clean = read_table(Path(snakemake.input.clean), CLEAN).to_pylist()
    others = {}
    if settings.needs_others:
        subset = [read_table(Path(path), SUBSET).to_pylist() for path in snakemake.input.subset]
        shards = [read_table(Path(path), CLEAN).to_pylist() for path in snakemake.input.partners]
        others = partners(chain.from_iterable(subset), chain.from_iterable(shards))
    mine = subjects(clean, others)
    attacked = running.report_progress(
        run(task, mine, running.execution.batch_size),
        len(mine),
        f"{stage.attack} {snakemake.wildcards.shard}",
    )
    done = {row["image_id"]: row for row in attacked}
    rows = []
    for row in clean:
        aside = {
            "image_id": row["image_id"],
            "label": row["label"],
            "status": set_aside(row["status"]),
        }
        rows.append(done.get(row["image_id"], aside))
    write_table(Path(snakemake.output[0]), ATTACKS, rows, running.provenance(device))
