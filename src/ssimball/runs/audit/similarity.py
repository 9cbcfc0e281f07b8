"""Checks of stored images against clean ones: SSIM by scikit-image, norms by numpy.

PASS, MS-SSIM and the distortion maps other than the SSIM deficit come from the library itself.
"""

import math
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from skimage import metrics
from torch import Tensor

from ssimball.overlap.distortions import pooled_distortions
from ssimball.overlap.grids import deficit_grid
from ssimball.overlap.stored_maps import read_grid
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.pictures import image_of, levels
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.run import Row, Run
from ssimball.ssim.luma import LUMA
from ssimball.ssim.pass_similarity import pass_similarity
from ssimball.ssim.quality import multiscale
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.distortion_names import KINDS
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, SSIM
from ssimball.storage.status import StatusKind, has_stored_image

Array = NDArray[np.float64]
#: Of SSIM by two implementations in float64, absolute; of norms, relative.
TOLERANCE = 1e-9
#: Of PASS, whose alignment is in float32, and of MS-SSIM.
ALIGNED = 1e-6
#: Pixels at each side where no window of 11 x 11 is centred.
BORDER = 5
_structural_similarity: Any = metrics.structural_similarity


def reference_ssim(clean: Array, stored: Array) -> Array:
    """Compute the SSIM of two images (H, W, 3) in [0, 1] by scikit-image.

    Returns:
        float64 (4, H - 10, W - 10): maps of R, G, B and the BT.601 luma.
    """
    luma = np.array(LUMA)[:, None]
    pairs = [np.concatenate([image, image @ luma], axis=2) for image in (clean, stored)]
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


@dataclass(frozen=True)
class _Pair:
    """The clean and the stored image of a row, as PNG."""

    clean: bytes
    stored: bytes

    @cached_property
    def ssim(self) -> Array:
        """What :func:`reference_ssim` returns for the two."""
        clean, stored = (levels(png).astype(np.float64) / 255 for png in (self.clean, self.stored))
        return reference_ssim(clean, stored)

    @property
    def change(self) -> Array:
        """Stored minus clean image in [-1, 1], (H, W, 3)."""
        x, y = (levels(png).astype(np.float64) / 255 for png in (self.clean, self.stored))
        return y - x

    @property
    def tensors(self) -> tuple[Tensor, Tensor]:
        """Both images, float64 (3, H, W) in [0, 1]."""
        return image_of(self.clean), image_of(self.stored)


#: The pairs of a shard: the tables of one attack follow each other.
_pair = lru_cache(maxsize=64)(_Pair)


def _similarity(run: Run, path: str, tally: Tally) -> None:
    artifact = artifact_of(path)
    tensors = {SSIM: ("ssim_map",), DISTORTION: KINDS}.get(artifact.contract, ())
    stored = {r["image_id"]: r["adversarial_png"] for r in run.rows(artifact.sibling(ATTACKS))}
    clean = run.clean(artifact.network_prefix, artifact.shard)
    grid = _grid(run, artifact) if artifact.contract == DISTORTION else None
    for row in run.rows(path, *tensors):
        name = row["image_id"]
        if stored[name] is None:
            if artifact.contract == ATTACKS:
                missing = not has_stored_image(row["status"])
                tally.holds(name, "adversarial_png", missing, "an image", None)
            continue
        pair = _pair(clean[name]["image_png"], stored[name])
        if grid is not None:
            _check_distortions(row, pair, grid, tally)
        elif artifact.contract == SSIM:
            _check_map(row, pair, tally)
        else:
            _check_attack(row, pair, tally)


def _grid(run: Run, artifact: Artifact) -> tuple[int, int]:
    return read_grid(run.folder / artifact.sibling(EXPLANATIONS, explanation="cam"))


def _check_attack(row: Row, pair: _Pair, tally: Tally) -> None:
    """Check the columns of the attacks table that follow from the two images alone."""
    name, change, tensors = row["image_id"], pair.change, pair.tensors
    for key, value in _similarities_and_norms(pair.ssim, change).items():
        tally.close(name, key, value, row[key], TOLERANCE, TOLERANCE)
    tally.equal(name, "l0", int((change != 0).any(axis=2).sum()), row["l0"])
    tally.close(name, "ms_ssim", multiscale(*tensors), row["ms_ssim"], ALIGNED)
    aligned = pass_similarity(*tensors)
    tally.close(name, "pass_similarity", aligned, row["pass_similarity"], ALIGNED)
    # An attack that changes nothing has status `attacked` as well.
    consistent = row["status"] == StatusKind.ATTACKED or not change.any()
    tally.holds(name, "adversarial_png", consistent, "the clean image", "another image")


def _similarities_and_norms(maps: Array, change: Array) -> dict[str, Any]:
    squared = float(np.mean(change**2))
    return {
        "mean_ssim": maps[:3].mean(),
        "min_ssim": maps[:3].min(),
        "mean_ssim_channels": maps[:3].mean(axis=(1, 2)),
        "min_ssim_channels": maps[:3].min(axis=(1, 2)),
        "mean_ssim_luma": maps[3].mean(),
        "min_ssim_luma": maps[3].min(),
        "linf": np.abs(change).max(),
        "l2": np.linalg.norm(change),
        "l1": np.abs(change).sum(),
        "outer_energy_5": _outer_energy(change, 5),
        "outer_energy_2": _outer_energy(change, 2),
        "psnr": 10 * math.log10(1 / squared) if squared else None,
    }


def _outer_energy(change: Array, width: int) -> float | None:
    """Return the share of the squares of ``change`` (H, W, 3) in the outermost pixels."""
    height, columns = change.shape[:2]
    i, j = np.indices((height, columns))
    distance = np.minimum(np.minimum(i, height - 1 - i), np.minimum(j, columns - 1 - j))
    squares = (change**2).sum(axis=2)
    return float(squares[distance < width].sum() / squares.sum()) if squares.any() else None


def _check_map(row: Row, pair: _Pair, tally: Tally) -> None:
    maps = pair.ssim[:3]
    expected = {"mean_ssim": maps.mean(), "min_ssim": maps.min(), "ssim_map": maps.mean(axis=0)}
    for key, value in expected.items():
        tally.close(row["image_id"], key, value, row[key], TOLERANCE)


def _check_distortions(row: Row, pair: _Pair, grid: tuple[int, int], tally: Tally) -> None:
    tensors = pair.tensors
    for kind, maps in pooled_distortions(*tensors, grid).items():
        tally.close(row["image_id"], kind, maps, row[kind], TOLERANCE)
    size = (int(tensors[0].shape[1]), int(tensors[0].shape[2]))
    ssim = pair.ssim
    deficits = [deficit_grid(values, size, grid) for values in (ssim[:3].mean(axis=0), *ssim)]
    tally.close(row["image_id"], "deficit", np.array(deficits), row["deficit"], TOLERANCE)


CHECKS = (
    Check(
        "ssim",
        "SSIM, norms and maps are those of the stored images",
        # Tables of the same images follow each other, so that their SSIM is computed once.
        lambda run: run.paths_of(ATTACKS, SSIM, DISTORTION),
        _similarity,
        cost=0.03,
    ),
)
