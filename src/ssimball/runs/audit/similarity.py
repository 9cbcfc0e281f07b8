"""Stored images against clean ones: SSIM by scikit-image, norms by numpy, from the PNG bytes.

PASS, MS-SSIM and the distortion maps other than the deficit are by the library's own functions.
"""

import math
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage import metrics

from ssimball.overlap.distortions import pooled_distortions
from ssimball.overlap.grids import deficit_grid, grid_of
from ssimball.overlap.stored_maps import read_cams
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.ssim.luma import LUMA
from ssimball.ssim.pass_similarity import pass_similarity
from ssimball.ssim.quality import multiscale
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.distortion_names import KINDS
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, SSIM
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.status import ATTACKED, has_stored_image

Array = NDArray[np.float64]
#: Of SSIM, two implementations in float64; of norms, relative.
TOLERANCE = 1e-9
#: Of PASS, whose alignment is in float32, and MS-SSIM.
ALIGNED = 1e-6
BORDER = 5
_structural_similarity: Any = metrics.structural_similarity


@lru_cache(maxsize=64)
def reference_ssim(clean: bytes, stored: bytes) -> Array:
    """SSIM by scikit-image of two PNGs, (4, H - 10, W - 10): of R, G, B and the BT.601 luma."""
    pairs = []
    for png in (clean, stored):
        levels = decode_png(png).astype(np.float64) / 255
        pairs.append(np.concatenate([levels, levels @ np.array(LUMA)[:, None]], axis=2))
    _, full = _structural_similarity(
        *pairs,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1.0,
        channel_axis=2,
        full=True,
    )
    inside: Array = full[BORDER:-BORDER, BORDER:-BORDER].transpose(2, 0, 1)
    return inside


def _similarity(run: Run, artifact: str, tally: Tally) -> None:
    one = artifact_of(artifact)
    tensors = {SSIM: ("ssim_map",), DISTORTION: KINDS}.get(one.contract, ())
    images = {r["image_id"]: r["adversarial_png"] for r in run.rows(one.beside(ATTACKS))}
    clean = run.clean(one.place, one.shard)
    look = {ATTACKS: _facts, SSIM: _map, DISTORTION: _pooled}[one.contract]
    grid = _grid(run, one) if one.contract == DISTORTION else None
    for row in run.rows(artifact, *tensors):
        stored = images[row["image_id"]]
        if stored is not None:
            look(row, clean[row["image_id"]]["image_png"], stored, grid, tally)
        elif one.contract == ATTACKS:
            missing = not has_stored_image(row["status"])
            tally.true(row["image_id"], "adversarial_png", missing, "an image", None)


def _grid(run: Run, one: Artifact) -> tuple[int, int]:
    return grid_of(read_cams(run.folder / one.beside(EXPLANATIONS, explanation="cam")))


def _facts(row: Row, clean: bytes, stored: bytes, _: Any, tally: Tally) -> None:
    """Columns of the attacks table that are said of the stored image alone."""
    maps = reference_ssim(clean, stored)
    x, y = (decode_png(png).astype(np.float64) / 255 for png in (clean, stored))
    change = y - x
    squared = float(np.mean(change**2))
    expected = {
        "mean_ssim": maps[:3].mean(),
        "min_ssim": maps[:3].min(),
        "mean_ssim_channels": maps[:3].mean(axis=(1, 2)),
        "min_ssim_channels": maps[:3].min(axis=(1, 2)),
        "mean_ssim_luma": maps[3].mean(),
        "min_ssim_luma": maps[3].min(),
        "linf": np.abs(change).max(),
        "l2": np.linalg.norm(change),
        "l1": np.abs(change).sum(),
        "psnr": 10 * math.log10(1 / squared) if squared else None,
    }
    name = row["image_id"]
    for key, value in expected.items():
        tally.close(name, key, value, row[key], TOLERANCE, TOLERANCE)
    tally.equal(name, "l0", int((change != 0).any(axis=2).sum()), row["l0"])
    first, second = to_tensor(decode_png(clean)), to_tensor(decode_png(stored))
    tally.close(name, "ms_ssim", multiscale(first, second), row["ms_ssim"], ALIGNED)
    aligned = pass_similarity(first, second)
    tally.close(name, "pass_similarity", aligned, row["pass_similarity"], ALIGNED)
    # An attack that stands still has status `attacked` as well.
    fits = row["status"] == ATTACKED or not change.any()
    tally.true(name, "adversarial_png", fits, "the clean image", "another")


def _map(row: Row, clean: bytes, stored: bytes, _: Any, tally: Tally) -> None:
    maps = reference_ssim(clean, stored)[:3]
    expected = {"mean_ssim": maps.mean(), "min_ssim": maps.min(), "ssim_map": maps.mean(axis=0)}
    for key, value in expected.items():
        tally.close(row["image_id"], key, value, row[key], TOLERANCE)


def _pooled(row: Row, clean: bytes, stored: bytes, grid: Any, tally: Tally) -> None:
    first, second = to_tensor(decode_png(clean)), to_tensor(decode_png(stored))
    for kind, maps in pooled_distortions(first, second, grid).items():
        tally.close(row["image_id"], kind, maps, row[kind], TOLERANCE)
    size = (int(first.shape[1]), int(first.shape[2]))
    full = reference_ssim(clean, stored)
    deficits = [deficit_grid(values, size, grid) for values in (full[:3].mean(axis=0), *full)]
    tally.close(row["image_id"], "deficit", np.array(deficits), row["deficit"], TOLERANCE)


def _stored(run: Run) -> list[str]:
    """Tables of the same images beside each other: their SSIM is found once."""
    return run.of(ATTACKS, SSIM, DISTORTION)


CHECKS = (
    Check("ssim", "SSIM, norms and maps are those of the stored images", _stored, _similarity),
)
