"""Choose the images of a shard, and take the sha256 of their files."""

from pathlib import Path

from ssimball.artifacts import write_table
from ssimball.contracts.images import SUBSET
from ssimball.jobs import job
from ssimball.subset import check_readable, choose, subset_row

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
