"""What the scripts of the causal test read of other stages."""

from pathlib import Path

from ssimball.artifacts import read_table, tensor
from ssimball.contracts.maps import EXPLANATIONS, SSIM
from ssimball.overlap import Array, deficit_grid


def read_cams(path: Path) -> dict[str, Array | str]:
    """By image, the (h, w) CAM of the true class on the clean image, or why there is none."""
    table = read_table(path, EXPLANATIONS)
    cams: dict[str, Array | str] = {}
    for number, row in enumerate(table.select(["image_id", "status", "explained"]).to_pylist()):
        if row["explained"] == "label":
            cam = tensor(table, "map", number)
            cams[row["image_id"]] = row["status"] if cam is None else cam
    return cams


def grid_of(cams: dict[str, Array | str]) -> tuple[int, int]:
    """(h, w) of the CAMs of a shard; (1, 1) where no image has one, and nothing is to be cut."""
    for cam in cams.values():
        if not isinstance(cam, str):
            return cam.shape[0], cam.shape[1]
    return 1, 1


def read_deficits(
    path: Path, sizes: dict[str, tuple[int, int]], grid: tuple[int, int]
) -> dict[str, Array | str]:
    """By image, the SSIM deficit (h, w) on the grid, or why there is none.

    Args:
        sizes: (H, W) of the images that have one.
    """
    table = read_table(path, SSIM)
    deficits: dict[str, Array | str] = {}
    for number, row in enumerate(table.select(["image_id", "status"]).to_pylist()):
        values, name = tensor(table, "ssim_map", number), row["image_id"]
        deficits[name] = (
            row["status"] if values is None else deficit_grid(values, sizes[name], grid)
        )
    return deficits
