"""Compute SSIM maps of stored 8-bit image pairs, and distortions on the CAM's grid, in float64.

Reads the clean table, the attack's table and the size of the CAMs of a shard. Writes the table of
SSIM maps and the table of distortions.
"""

from pathlib import Path

from ssimball.config.stages.overlap import SsimStage
from ssimball.overlap.distortions import distortion_maps, pool_maps
from ssimball.overlap.stored_maps import read_grid
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, SSIM
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import has_stored_image
from ssimball.storage.tables import read_table, write_table

with job(snakemake, SsimStage) as running:
    clean = read_table(Path(snakemake.input.clean), CLEAN, ["image_id", "image_png"]).to_pylist()
    wanted = ["image_id", "status", "adversarial_png"]
    attacked = read_table(Path(snakemake.input.attack), ATTACKS, wanted).to_pylist()
    images = {row["image_id"]: row["image_png"] for row in clean}
    grid = read_grid(Path(snakemake.input.cam))
    rows, distortions = [], []
    for row in attacked:
        similarity = pooled = {"image_id": row["image_id"], "status": row["status"]}
        if has_stored_image(row["status"]):
            original = to_tensor(decode_png(images[row["image_id"]]))
            stored = to_tensor(decode_png(row["adversarial_png"]))
            maps = distortion_maps(original, stored)
            pooled = {**similarity, "status": "ok", **pool_maps(maps, grid)}
            # The maps of R, G and B follow their mean.
            values = 1 - maps["deficit"][1:4]
            similarity |= {
                "status": "ok",
                "mean_ssim": float(values.mean()),
                "min_ssim": float(values.min()),
                "ssim_map": values.mean(0).numpy(),
            }
        rows.append(similarity)
        distortions.append(pooled)
    origin = running.provenance()
    write_table(Path(snakemake.output.ssim), SSIM, rows, origin)
    write_table(Path(snakemake.output.distortions), DISTORTION, distortions, origin)
