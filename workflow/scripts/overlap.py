"""Overlap of distortions with explanations and other maps, image by image, with nulls."""

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
from ssimball.stored_maps import read_cams, read_distortions, read_explanations

cams, masks, textures, distortions = {}, {}, {}, {}
with job(snakemake) as running:
    stage = running.stage
    paths = list(map(Path, snakemake.input.explanations))
    for path in paths:
        if path.parent.name == "cam":
            cams |= read_cams(path)
    grid = grid_of(cams)
    explanations = {name: {} for name in stage["explanations"]}
    for path in paths:
        if path.parent.name in explanations:
            explanations[path.parent.name] |= read_explanations(path, grid)
    for path in map(Path, snakemake.input.clean):
        wanted = ["image_id", "status", "image_png", "mask_png"]
        for row in read_table(path, CLEAN, wanted).to_pylist():
            if row["status"] == "ok":
                image = decode_png(row["image_png"])
                variance = local_variance(to_tensor(image)).numpy()
                textures[row["image_id"]] = pool_to_grid(variance, image.shape[:2], grid)
            if row["mask_png"] is not None:
                mask = decode_png(row["mask_png"]) > 0
                # Without this, the share of the deficit inside would be 0, as if there were one.
                outside = "the object lies outside the crop"
                pooled = pool_to_grid(mask, mask.shape, grid)
                masks[row["image_id"]] = pooled if mask.any() else outside
    stored = snakemake.input.distortions
    for path in map(Path, running.progress(stored, len(stored), "overlap")):
        of_attack = distortions.setdefault(path.parent.name, {})
        for name, grids in read_distortions(path, stage["distortions"]).items():
            of_attack.setdefault(name, {}).update(grids)
    rows = overlap_table(
        list(cams),
        cams,
        {attack: distortions[attack] for attack in stage["attacks"]},
        {name: masks.get(name, "no object mask") for name in cams} if masks else {},
        {name: textures.get(name, "no clean image") for name in cams},
        explanations,
        top=stage["overlap"]["top"],
        null_draws=stage["overlap"]["null_draws"],
        seed=stage["seed"],
    )
    write_table(Path(snakemake.output[0]), OVERLAP, rows, running.provenance())
