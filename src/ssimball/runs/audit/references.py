"""Checks of reference maps: texture by scipy, and the object's share of each cell."""

import numpy as np
from scipy.ndimage import gaussian_filter

from ssimball.overlap.grids import Array, pool_to_grid
from ssimball.overlap.reference_maps import OUTSIDE
from ssimball.overlap.stored_maps import read_grid
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.pictures import levels
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.maps import EXPLANATIONS, REFERENCES

#: Absolute, of means over cells by two implementations in float64.
TOLERANCE = 1e-9
#: Pixels at each side where no window of 11 x 11 is centred.
BORDER = 5


def _texture(png: bytes, grid: tuple[int, int]) -> Array:
    """Compute the local variance, E(x²) - E(x)² in Gaussian windows, on a grid."""
    image = levels(png).astype(np.float64) / 255

    def expected(values: Array) -> Array:
        # sigma 1.5, cut off after 5 pixels; channels are not mixed.
        blurred = gaussian_filter(values, sigma=(1.5, 1.5, 0.0), truncate=3.5)
        inside: Array = blurred[BORDER:-BORDER, BORDER:-BORDER]
        return inside

    variance = (expected(image**2) - expected(image) ** 2).mean(axis=2)
    return pool_to_grid(variance, (image.shape[0], image.shape[1]), grid)


def _references(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    grid = read_grid(run.folder / artifact.sibling(EXPLANATIONS, explanation="cam"))
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in run.rows(path, "texture", "mask"):
        image = clean[row["image_id"]]
        texture = None if image["status"] != "ok" else _texture(image["image_png"], grid)
        tally.close(row["image_id"], "texture", texture, row["texture"], TOLERANCE)
        _check_mask(row, image["mask_png"], grid, tally)


def _check_mask(row: Row, png: bytes | None, grid: tuple[int, int], tally: Tally) -> None:
    status, mask = None, None
    if png is not None:
        inside = levels(png) > 0
        status = "ok" if inside.any() else OUTSIDE
        mask = pool_to_grid(inside, (inside.shape[0], inside.shape[1]), grid)
    tally.equal(row["image_id"], "mask_status", status, row["mask_status"])
    tally.close(row["image_id"], "mask", mask if status == "ok" else None, row["mask"], TOLERANCE)


CHECKS = (
    Check(
        "references",
        "texture and object masks are those of the clean images",
        lambda run: run.paths_of(REFERENCES),
        _references,
        cost=0.01,
    ),
)
