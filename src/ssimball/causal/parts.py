"""The parts of a perturbation that the causal test compares."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from ssimball.causal.cells import EQUAL_SETS, REST_OF_TOP, cell_sets, equal_energy, restrict
from ssimball.overlap.grids import GridOrReason

EQUAL_AREA, EQUAL_ENERGY = "equal_area", "equal_energy"
#: Reasons why a part of a perturbation does not exist.
NOT_CHANGED = "no perturbation: the stored image is the clean one"
CONSTANT_CAM = "the CAM is the same in every cell"
EMPTY_PART = "a part to compare holds nothing of the perturbation"


@dataclass(frozen=True)
class AttackedImage:
    """An image and its stored result of one attack.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        target: the class that the attack aims at; None where any other class will do.
        clean, stored: the 8-bit images as float64 (C, H, W) in [0, 1].
        clean_margin: margin of the label on the clean image.
        cam: (h, w) of the label on the clean image, or the reason why there is none.
    """

    image_id: str
    label: int
    target: int | None
    clean: Tensor
    stored: Tensor
    clean_margin: float
    cam: GridOrReason


@dataclass(frozen=True)
class Part:
    """A part of a perturbation.

    Attributes:
        set: name of the set of cells that the perturbation is restricted to.
        area: share of the cells in the set; of ``rest_of_top``, the share of the top.
        comparison: ``equal_area`` leaves the part as it is. ``equal_energy`` scales the parts of
            one area down to the smallest l2 norm among them.
    """

    set: str
    area: float
    comparison: str = EQUAL_AREA


NO_CELLS, ALL_CELLS = Part("none", 0.0), Part("all", 1.0)


def all_parts(areas: Sequence[float]) -> list[Part]:
    """Return every part that a perturbation is restricted to.

    Args:
        areas: shares of the cells, in (0, 0.5].
    """
    parts = [NO_CELLS, ALL_CELLS]
    for area in areas:
        parts += [Part(name, area) for name in (*EQUAL_SETS, REST_OF_TOP)]
        parts += [Part(name, area, EQUAL_ENERGY) for name in EQUAL_SETS]
    return parts


def restricted_perturbations(
    image: AttackedImage, areas: Sequence[float], seed: int
) -> dict[Part, Tensor | str]:
    """Restrict the perturbation of an image to every part.

    Args:
        image: the clean and the stored image, and the CAM that ranks the cells.
        areas: shares of the cells, in (0, 0.5].
        seed: seed of the run.

    Returns:
        By part, the perturbation (C, H, W) before rounding to 8 bits, or the reason why there is
        none.
    """
    whole = image.stored - image.clean
    parts = all_parts(areas)
    if not bool(whole.any()):
        return dict.fromkeys(parts, NOT_CHANGED)
    uncut: dict[Part, Tensor | str] = {NO_CELLS: torch.zeros_like(whole), ALL_CELLS: whole}
    if isinstance(image.cam, str):
        return dict.fromkeys(parts, image.cam) | uncut
    if not np.ptp(image.cam):
        return dict.fromkeys(parts, CONSTANT_CAM) | uncut
    restricted = uncut
    for area in areas:
        sets = cell_sets(image.cam, area, seed, image.image_id)
        restricted |= _of_area(whole, area, list(sets), np.stack(list(sets.values())))
    return restricted


def _of_area(
    whole: Tensor, area: float, names: list[str], cells: np.ndarray
) -> dict[Part, Tensor | str]:
    """Return the parts of one area: as they are, and scaled to equal energy."""
    restricted = restrict(whole.expand(len(names), *whole.shape), cells)
    parts: dict[Part, Tensor | str] = {
        Part(name, area): part for name, part in zip(names, restricted, strict=True)
    }
    scaled = equal_energy(torch.stack([restricted[names.index(name)] for name in EQUAL_SETS]))
    for index, name in enumerate(EQUAL_SETS):
        parts[Part(name, area, EQUAL_ENERGY)] = EMPTY_PART if scaled is None else scaled[index]
    return parts
