"""Explanations and distortions as scripts read them from stored tables."""

from collections.abc import Iterable
from pathlib import Path

from ssimball.overlap.distortions import channel_of
from ssimball.overlap.grids import GridOrReason, pool_to_grid
from ssimball.storage.contracts.distortion_names import DISTORTIONS
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS
from ssimball.storage.tables import read_table, tensor, tensor_shape


def read_cams(path: Path) -> dict[str, GridOrReason]:
    """By image, the (h, w) map of the true class on the clean image, or why there is none."""
    table = read_table(path, EXPLANATIONS)
    cams: dict[str, GridOrReason] = {}
    for number, row in enumerate(table.select(["image_id", "status", "explained"]).to_pylist()):
        if row["explained"] == "label":
            cam = tensor(table, "map", number)
            cams[row["image_id"]] = row["status"] if cam is None else cam
    return cams


def read_grid(path: Path) -> tuple[int, int]:
    """Read the size (h, w) of the maps in a file of the ``explanations`` table, without the maps.

    It is (1, 1) where no image has a map.
    """
    height, width = tensor_shape(path, EXPLANATIONS, "map")
    return height, width


def read_explanations(path: Path, grid: tuple[int, int]) -> dict[str, GridOrReason]:
    """:func:`read_cams` of another explanation, pooled to a grid."""
    return {name: _on_grid(found, grid) for name, found in read_cams(path).items()}


def _on_grid(found: GridOrReason, grid: tuple[int, int]) -> GridOrReason:
    if isinstance(found, str):
        return found
    if found.shape[0] < grid[0] or found.shape[1] < grid[1]:
        return "its grid is coarser than the CAM's"
    return pool_to_grid(found, (found.shape[0], found.shape[1]), grid)


def read_distortions(path: Path, names: Iterable[str]) -> dict[str, dict[str, GridOrReason]]:
    """By name of a distortion and image, its (h, w) map on the CAM's grid, or why there is none.

    Args:
        names: of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`.
    """
    kinds = {name: DISTORTIONS[name] for name in names}
    read = ["image_id", "status", *dict.fromkeys(kind for kind, _ in kinds.values())]
    table = read_table(path, DISTORTION, read)
    found: dict[str, dict[str, GridOrReason]] = {name: {} for name in kinds}
    for number, row in enumerate(table.select(["image_id", "status"]).to_pylist()):
        for name, (kind, channel) in kinds.items():
            maps = tensor(table, kind, number)
            image = row["image_id"]
            found[name][image] = row["status"] if maps is None else channel_of(maps, channel)
    return found
