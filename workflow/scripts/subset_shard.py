"""Choose the images of a shard and compute the sha256 of their files.

Reads the data set. Writes the subset table of the shard.
"""

from pathlib import Path

from ssimball.config.stages.images import SubsetStage
from ssimball.datasets.subset import check_readable, choose, subset_row
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.images import SUBSET
from ssimball.storage.tables import write_table

with job(snakemake, SubsetStage) as running:
    stage, dataset, shard = running.stage, running.dataset(), snakemake.wildcards.shard
    first, last, order = stage.first, stage.last, stage.order
    listed = order.kind == "listed"
    chosen = choose(dataset.entries(), "all" if listed else last + 1, 0 if listed else order.seed)
    in_shard = chosen[first : last + 1]
    rows = [
        subset_row(position, shard, entry, dataset)
        for position, entry in enumerate(
            running.report_progress(in_shard, len(in_shard), f"subset {shard}"), start=first
        )
    ]
    check_readable(rows, chosen)
    write_table(Path(snakemake.output[0]), SUBSET, rows, running.provenance())
