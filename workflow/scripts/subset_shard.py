"""Choose the images of a shard, and take the sha256 of their files."""

from pathlib import Path

from ssimball.artifacts import write_table
from ssimball.contracts.images import SUBSET
from ssimball.errors import ImageError
from ssimball.jobs import job
from ssimball.provenance import canonical_json
from ssimball.subset import choose

with job(snakemake) as running:
    stage, dataset, shard = running.stage, running.dataset(), snakemake.wildcards.shard
    first, last, order = stage["first"], stage["last"], stage["order"]
    images = "all" if order["kind"] == "listed" else last + 1
    chosen = choose(dataset.entries(), images, order.get("seed", 0))[first : last + 1]
    rows = []
    for entry in running.progress(chosen, len(chosen), f"subset {shard}"):
        row = {
            "image_id": entry.image_id,
            "position": first + len(rows),
            "shard": shard,
            "label": entry.label,
            "class_name": dataset.class_names[entry.label],
            "status": "selected",
            "extra": canonical_json(entry.extra),
        }
        try:
            row["sha256"] = dataset.sha256(entry)
            row["mask_sha256"] = dataset.mask_sha256(entry)
        except ImageError as error:
            row["status"] = f"failed: {error}"
        rows.append(row)
    write_table(Path(snakemake.output[0]), SUBSET, rows, running.provenance())
