"""Choose the images of a shard, and take the sha256 of their files."""

from pathlib import Path

from ssimball.datasets.subset import check_readable, choose, subset_row
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.tables import write_table

with job(snakemake) as running:
    stage, dataset, shard = running.stage, running.dataset(), snakemake.wildcards.shard
    first, last, order = stage["first"], stage["last"], stage["order"]
    images = "all" if order["kind"] == "listed" else last + 1
    chosen = choose(dataset.entries(), images, order.get("seed", 0))
    mine = chosen[first : last + 1]
    rows = [
        subset_row(position, shard, entry, dataset)
        for position, entry in enumerate(
            running.progress(mine, len(mine), f"subset {shard}"), start=first
        )
    ]
    check_readable(rows, chosen)
    write_table(Path(snakemake.output[0]), SUBSET, rows, running.provenance())
