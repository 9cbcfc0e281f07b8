"""Overlap of distortion and class activation map, image by image, with its null."""

from pathlib import Path

from ssimball.artifacts import read_table, write_table
from ssimball.contracts.images import CLEAN
from ssimball.contracts.overlap import OVERLAP
from ssimball.images import decode_png
from ssimball.jobs import job
from ssimball.overlap import grid_of, pool_to_grid
from ssimball.overlap_table import overlap_table
from ssimball.preprocessing import to_tensor
from ssimball.ssim import local_variance
from ssimball.stored_maps import read_cams, read_deficits

cams, masks, textures, sizes = {}, {}, {}, {}
deficits = {}
with job(snakemake) as running:
    for path in map(Path, snakemake.input.cam):
        cams |= read_cams(path)
    grid = grid_of(cams)
    for path in map(Path, snakemake.input.clean):
        wanted = ["image_id", "status", "image_png", "mask_png"]
        for row in read_table(path, CLEAN, wanted).to_pylist():
            if row["status"] == "ok":
                image = decode_png(row["image_png"])
                sizes[row["image_id"]] = image.shape[:2]
                variance = local_variance(to_tensor(image)).numpy()
                textures[row["image_id"]] = pool_to_grid(variance, image.shape[:2], grid)
            if row["mask_png"] is not None:
                mask = decode_png(row["mask_png"]) > 0
                # Without this, the share of the deficit inside would be 0, as if there were one.
                outside = "the object lies outside the crop"
                pooled = pool_to_grid(mask, mask.shape, grid)
                masks[row["image_id"]] = pooled if mask.any() else outside
    for path in map(
        Path, running.progress(snakemake.input.ssim, len(snakemake.input.ssim), "overlap")
    ):
        grids = deficits.setdefault(path.parent.name, {})
        grids |= read_deficits(path, sizes, grid)
    stage = running.stage
    rows = overlap_table(
        list(cams),
        cams,
        {name: deficits[name] for name in stage["attacks"]},
        {name: masks.get(name, "no object mask") for name in cams} if masks else {},
        {name: textures.get(name, "no clean image") for name in cams},
        top=stage["overlap"]["top"],
        null_draws=stage["overlap"]["null_draws"],
        seed=stage["seed"],
    )
    write_table(Path(snakemake.output[0]), OVERLAP, rows, running.provenance())
