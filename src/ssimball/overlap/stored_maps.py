"""Explanations and distortions, read from one file of a stored table."""

from collections.abc import Iterable
from pathlib import Path

from ssimball.overlap.distortions import channel_of
from ssimball.overlap.grids import GridOrReason, pool_to_grid
from ssimball.storage.contracts.distortion_names import DISTORTIONS
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS
from ssimball.storage.tables import read_table, tensor, tensor_shape


def read_cams(path: Path) -> dict[str, GridOrReason]:
    """Read the explanation of the true class on each clean image.

    Args:
        path: a file of the ``explanations`` table.

    Returns:
        By image, the raw (h, w) map, or the status that says why there is none.
    """
    table = read_table(path, EXPLANATIONS)
    cams: dict[str, GridOrReason] = {}
    for index, row in enumerate(table.select(["image_id", "status", "explained"]).to_pylist()):
        if row["explained"] == "label":
            cam = tensor(table, "map", index)
            cams[row["image_id"]] = row["status"] if cam is None else cam
    return cams


def read_grid(path: Path) -> tuple[int, int]:
    """Read the size (h, w) of the maps in a file of the ``explanations`` table, without the maps.

    It is (1, 1) where no image has a map.
    """
    height, width = tensor_shape(path, EXPLANATIONS, "map")
    return height, width


def read_explanations(path: Path, grid: tuple[int, int]) -> dict[str, GridOrReason]:
    """Read the explanations of a file and pool them to a grid.

    Args:
        path: a file of the ``explanations`` table.
        grid: (h, w) of the CAM.

    Returns:
        By image, the (h, w) map or the reason why there is none.
    """
    return {image: _on_grid(explanation, grid) for image, explanation in read_cams(path).items()}


def _on_grid(explanation: GridOrReason, grid: tuple[int, int]) -> GridOrReason:
    if isinstance(explanation, str):
        return explanation
    if explanation.shape[0] < grid[0] or explanation.shape[1] < grid[1]:
        return "its grid is coarser than the CAM's"
    return pool_to_grid(explanation, (explanation.shape[0], explanation.shape[1]), grid)


def read_distortions(path: Path, names: Iterable[str]) -> dict[str, dict[str, GridOrReason]]:
    """Read some distortions of the images of a file.

    Args:
        path: a file of the ``distortions`` table.
        names: of :data:`ssimball.storage.contracts.distortion_names.DISTORTIONS`.

    Returns:
        By name and image, the (h, w) map on the CAM's grid, or the status that says why there is
        none.
    """
    kinds = {name: DISTORTIONS[name] for name in names}
    columns = ["image_id", "status", *dict.fromkeys(kind for kind, _ in kinds.values())]
    table = read_table(path, DISTORTION, columns)
    by_name: dict[str, dict[str, GridOrReason]] = {name: {} for name in kinds}
    for index, row in enumerate(table.select(["image_id", "status"]).to_pylist()):
        for name, (kind, channel) in kinds.items():
            maps = tensor(table, kind, index)
            image = row["image_id"]
            by_name[name][image] = row["status"] if maps is None else channel_of(maps, channel)
    return by_name
