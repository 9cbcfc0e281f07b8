"""Regions of images: cells where a map is large or small, and random ones for comparison."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import TypeVar

import numpy as np

from ssimball.causal.cells import Cells, cell_count, members
from ssimball.causal.curves import OrderOrReason, order_by
from ssimball.causal.shard import CleanImage
from ssimball.overlap.grids import GridOrReason, centre_map
from ssimball.runtime.randomness import generator
from ssimball.storage.contracts import region_names as names
from ssimball.storage.status import Status

#: What was measured in one region of an image.
Outcome = TypeVar("Outcome")


@dataclass(frozen=True)
class RegionMaps:
    """The maps of an image that choose its regions.

    Each is (h, w) on the CAM's grid, or the reason why there is none.

    Attributes:
        cam: the CAM of the true class.
        gradient: mean absolute gradient of the margin in each cell.
        texture: local variance.
        other_cam: the CAM of another image, for that image's true class.
        mask: share of each cell inside the object.
    """

    cam: GridOrReason
    gradient: GridOrReason
    texture: GridOrReason
    other_cam: GridOrReason
    mask: GridOrReason


@dataclass(frozen=True)
class Region:
    """A set of cells of an image.

    Attributes:
        name: of :data:`~ssimball.storage.contracts.region_names.REGIONS`.
        draw: number of the random set, from 0; 0 for other regions.
        cells: bool (h, w), or the reason why the image has no such region.
    """

    name: str
    draw: int
    cells: Cells | str

    @property
    def present(self) -> Cells:
        """The cells of a region that the image has.

        Raises:
            ValueError: the image has no such region.
        """
        if isinstance(self.cells, str):
            raise ValueError(f"no region {self.name}: {self.cells}")
        return self.cells

    @property
    def flat(self) -> list[int] | None:
        """Flat indices of the cells in ascending order; None where there are none."""
        if isinstance(self.cells, str):
            return None
        indices: list[int] = np.flatnonzero(self.cells).tolist()
        return indices


def region_names(random_sets: int) -> Iterator[tuple[str, int]]:
    """Yield name and draw of every region, in the order of tables.

    Args:
        random_sets: number of random sets of cells.
    """
    for name in names.REGIONS:
        for draw in range(random_sets if name == names.RANDOM else 1):
            yield name, draw


def measured(
    images: Iterable[CleanImage],
    measure: Callable[[CleanImage], Iterator[Outcome]],
    empty: Callable[[str, str, str, int], Outcome],
    random_sets: int,
) -> Iterator[Outcome]:
    """Measure the regions of images that the network classifies correctly.

    Args:
        images: the clean images.
        measure: yields the outcomes of an image, by region.
        empty: makes the outcome without values of image_id, status, name and draw.
        random_sets: number of random sets of cells.
    """
    for image in images:
        if image.correct:
            yield from measure(image)
        else:
            status = str(Status.not_attacked(image.status))
            yield from without_values(empty, image.image_id, status, random_sets)


def without_values(
    empty: Callable[[str, str, str, int], Outcome], image_id: str, status: str, random_sets: int
) -> Iterator[Outcome]:
    """Yield the outcomes of an image without values; the arguments are those of measured."""
    for name, draw in region_names(random_sets):
        yield empty(image_id, status, name, draw)


def regions_of(
    maps: RegionMaps, top: float, random_sets: int, seed: int, image_id: str
) -> list[Region]:
    """Return the regions of an image.

    Those of ``EQUAL_REGIONS`` have the same number of cells, see
    :func:`ssimball.causal.cells.cell_count`. Cells of equal value come in a random order that
    depends on the image.

    Args:
        maps: maps of the image; without a CAM there is no grid and no region.
        top: share of the cells in a region.
        random_sets: number of random sets of cells.
        seed: seed of the run.
        image_id: the image.
    """
    named = region_names(random_sets)
    if isinstance(maps.cam, str):
        return [Region(name, draw, maps.cam) for name, draw in named]
    grid, size = (maps.cam.shape[0], maps.cam.shape[1]), maps.cam.size
    count = cell_count(top, size)
    ranked = _ranked(maps, grid, seed, image_id)
    cells = {name: _chosen(order, slice(count)) for name, order in ranked.items()}
    cells[names.BOTTOM_CAM] = _chosen(ranked[names.TOP_CAM], slice(size - count, size))
    top_cam = cells[names.TOP_CAM]
    cells[names.ALL_BUT_TOP_CAM] = top_cam if isinstance(top_cam, str) else ~top_cam
    cells[names.OBJECT] = _object_cells(maps.mask)
    cells[names.ALL] = np.ones(grid, bool)

    def random_cells(draw: int) -> Cells:
        rng = generator(seed, image_id, "random region", str(draw))
        return members(rng.permutation(size)[:count], grid)

    return [
        Region(name, draw, random_cells(draw) if name == names.RANDOM else cells[name])
        for name, draw in named
    ]


def _ranked(
    maps: RegionMaps, grid: tuple[int, int], seed: int, image_id: str
) -> dict[str, OrderOrReason]:
    """Return the cells from the largest value to the smallest, by the region of the largest."""
    return {
        name: order_by(values, seed, image_id, noun)
        for name, noun, values in (
            (names.TOP_CAM, "CAM", maps.cam),
            (names.TOP_GRADIENT, "gradient", maps.gradient),
            (names.TOP_TEXTURE, "texture", maps.texture),
            (names.CENTRE, "distance to the middle", centre_map(grid)),
            (names.OTHER_CAM, "other image's CAM", maps.other_cam),
        )
    }


def _object_cells(mask: GridOrReason) -> Cells | str:
    """Return the cells of which the object fills at least half."""
    if isinstance(mask, str):
        return mask
    cells: Cells = mask >= 0.5
    return cells if cells.any() else "the object fills half of no cell"


def _chosen(ranked: OrderOrReason, which: slice) -> Cells | str:
    return ranked if isinstance(ranked, str) else members(ranked.cells[which], ranked.grid)
