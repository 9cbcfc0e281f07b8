"""CAMs and SSIM deficits as scripts read them from stored tables."""

from pathlib import Path

from ssimball.artifacts import read_table, tensor
from ssimball.contracts.maps import EXPLANATIONS, SSIM
from ssimball.overlap import GridOrReason, deficit_grid


def read_cams(path: Path) -> dict[str, GridOrReason]:
    """By image, the (h, w) CAM of the true class on the clean image, or why there is none."""
    table = read_table(path, EXPLANATIONS)
    cams: dict[str, GridOrReason] = {}
    for number, row in enumerate(table.select(["image_id", "status", "explained"]).to_pylist()):
        if row["explained"] == "label":
            cam = tensor(table, "map", number)
            cams[row["image_id"]] = row["status"] if cam is None else cam
    return cams


def read_deficits(
    path: Path, sizes: dict[str, tuple[int, int]], grid: tuple[int, int]
) -> dict[str, GridOrReason]:
    """By image, the SSIM deficit (h, w) on the grid, or why there is none.

    Args:
        sizes: (H, W) of the images that have one.
    """
    table = read_table(path, SSIM)
    deficits: dict[str, GridOrReason] = {}
    for number, row in enumerate(table.select(["image_id", "status"]).to_pylist()):
        values, name = tensor(table, "ssim_map", number), row["image_id"]
        deficits[name] = (
            row["status"] if values is None else deficit_grid(values, sizes[name], grid)
        )
    return deficits
