"""Explanations, reference maps and distortions, read from one file of a stored table."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ssimball.overlap.grids import Array, GridOrReason, Grids, pool_to_grid
from ssimball.storage.contracts.class_roles import ROLES
from ssimball.storage.contracts.distortion_names import CHANNELS, DISTORTIONS
from ssimball.storage.contracts.maps import CLASS_CAMS, DISTORTION, EXPLANATIONS, REFERENCES
from ssimball.storage.tables import read_table, tensor, tensor_shape


@dataclass(frozen=True)
class StoredReferences:
    """Reference maps of a shard, by image.

    Attributes:
        textures: the (h, w) local variance, or the reason why there is none.
        masks: the (h, w) share of each cell inside the object, or the reason why there is none.
            Images without an object mask are missing.
    """

    textures: Grids
    masks: Grids


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


def are_exact(paths: Iterable[Path]) -> bool:
    """Return whether maps sum up to logits, as exact class activation maps do.

    That is a property of the network, so the first map decides; without any map it is True.

    Args:
        paths: files of the ``explanations`` table of explanation ``cam``.
    """
    for path in paths:
        for row in read_table(path, EXPLANATIONS, ["logit", "bias"]).to_pylist():
            if row["logit"] is not None:
                return row["bias"] is not None
    return True


def read_class_cams(path: Path) -> dict[str, dict[str, GridOrReason]]:
    """Read the CAMs of other classes than the true one.

    Args:
        path: a file of the ``class_cams`` table.

    Returns:
        By role and image, the (k, h, w) maps of the role's k classes, or the reason why there are
        none.
    """
    table = read_table(path, CLASS_CAMS)
    stacks: dict[str, dict[str, list[Array]]] = {role: {} for role in ROLES}
    by_role: dict[str, dict[str, GridOrReason]] = {role: {} for role in ROLES}
    for index, row in enumerate(table.select(["image_id", "status", "role"]).to_pylist()):
        cam = tensor(table, "map", index)
        if cam is None:
            by_role[row["role"]][row["image_id"]] = row["status"]
        else:
            stacks[row["role"]].setdefault(row["image_id"], []).append(cam)
    for role, by_image in stacks.items():
        by_role[role] |= {image: np.stack(cams) for image, cams in by_image.items()}
    return by_role


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


def read_references(path: Path) -> StoredReferences:
    """Read the reference maps of a shard.

    Args:
        path: a file of the ``references`` table.
    """
    table = read_table(path, REFERENCES)
    textures: dict[str, GridOrReason] = {}
    masks: dict[str, GridOrReason] = {}
    rows = table.select(["image_id", "mask_status"]).to_pylist()
    for index, row in enumerate(rows):
        image = row["image_id"]
        texture, mask = (tensor(table, name, index) for name in ("texture", "mask"))
        textures[image] = "no clean image" if texture is None else texture
        if row["mask_status"] is not None:
            masks[image] = row["mask_status"] if mask is None else mask
    return StoredReferences(textures, masks)


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


def channel_of(maps: Array, channel: str) -> Array:
    """Return one channel, (h, w), of the maps of a kind, (5, h, w)."""
    # Not a view, which would keep the other channels in memory.
    selected: Array = maps[CHANNELS.index(channel)].copy()
    return selected
