"""Draw the subset and take the sha256 of its files."""

from pathlib import Path

from ssimball.artifacts import write_table
from ssimball.contracts.images import CLASSES, SUBSET
from ssimball.errors import ImageError
from ssimball.jobs import job
from ssimball.provenance import canonical_json
from ssimball.subset import draw, shard_name

with job(snakemake) as running:
    stage, dataset = running.stage, running.dataset()
    chosen = draw(dataset.entries(), stage["images"], stage["seed"])
    rows = []
    for position, entry in enumerate(running.progress(chosen, len(chosen), "subset")):
        row = {
            "image_id": entry.image_id,
            "position": position,
            "shard": shard_name(position, stage["shard_size"]),
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
    classes = [{"label": i, "name": name} for i, name in enumerate(dataset.class_names)]
    write_table(Path(snakemake.output.classes), CLASSES, classes, running.provenance())
    write_table(Path(snakemake.output.subset), SUBSET, rows, running.provenance())
