"""Maps that overlap is measured of, as scripts read them from stored tables."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ssimball.overlap.grids import GridOrReason, grid_of, pool_to_grid
from ssimball.overlap.stored_maps import read_cams, read_distortions, read_explanations
from ssimball.ssim.index import local_variance
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png, to_tensor
from ssimball.storage.tables import read_table

ImageGrids = Mapping[str, GridOrReason]


@dataclass(frozen=True)
class Maps:
    """What overlap is measured of, with one network; see :func:`overlap_table`.

    Attributes:
        distortions: by attack, name and image.
        cams, masks, textures: by image.
        explanations: by name and image.
    """

    cams: ImageGrids
    masks: ImageGrids
    textures: ImageGrids
    distortions: Mapping[str, Mapping[str, ImageGrids]] = field(default_factory=dict)
    explanations: Mapping[str, ImageGrids] = field(default_factory=dict)


Grids = dict[str, GridOrReason]


def read_maps(
    clean: Iterable[str],
    explanations: Iterable[str],
    others: Iterable[str] = (),
) -> Maps:
    """CAMs, other explanations, object masks and textures of a run's images, on the CAM's grid.

    Args:
        clean: files of the ``clean`` table.
        explanations: files of the ``explanations`` table, in folders named by the explanation;
            those of ``cam`` among them.
        others: names of the explanations to read besides.
    """
    paths = [Path(path) for path in explanations]
    cams: Grids = {}
    for path in paths:
        if path.parent.name == "cam":
            cams |= read_cams(path)
    grid = grid_of(cams)
    found: dict[str, Grids] = {name: {} for name in others}
    for path in paths:
        if path.parent.name in found:
            found[path.parent.name] |= read_explanations(path, grid)
    masks: Grids = {}
    textures: Grids = {}
    for path in map(Path, clean):
        _read_clean(path, grid, masks, textures)
    if masks:
        masks = {name: masks.get(name, "no object mask") for name in cams}
    textures = {name: textures.get(name, "no clean image") for name in cams}
    return Maps(cams, masks, textures, explanations=found)


def _read_clean(path: Path, grid: tuple[int, int], masks: Grids, textures: Grids) -> None:
    wanted = ["image_id", "status", "image_png", "mask_png"]
    for row in read_table(path, CLEAN, wanted).to_pylist():
        name = row["image_id"]
        if row["status"] == "ok":
            image = decode_png(row["image_png"])
            variance = local_variance(to_tensor(image)).numpy()
            textures[name] = pool_to_grid(variance, image.shape[:2], grid)
        if row["mask_png"] is not None:
            mask = decode_png(row["mask_png"]) > 0
            # Without this, the share of the deficit inside would be 0, as if there were one.
            outside = "the object lies outside the crop"
            masks[name] = pool_to_grid(mask, mask.shape, grid) if mask.any() else outside


def read_attacks(paths: Iterable[str], names: Iterable[str]) -> dict[str, dict[str, Grids]]:
    """Distortions by attack, name and image, of files in folders named by the attack."""
    wanted = list(names)
    found: dict[str, dict[str, Grids]] = {}
    for path in map(Path, paths):
        of_attack = found.setdefault(path.parent.name, {})
        for name, grids in read_distortions(path, wanted).items():
            of_attack.setdefault(name, {}).update(grids)
    return found
