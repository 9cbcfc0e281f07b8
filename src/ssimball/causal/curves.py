"""Deletion and insertion curves: an order of cells judged as an explanation of the clean image.

Source: Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models"
(BMVC 2018), section 4.2. If an order ranks the cells by their importance to the network, the
probability of the class falls early when cells are deleted in that order, and rises early when they
are inserted in it. Both curves and the areas under them follow the paper. Two choices differ from
it: whole cells of the CAM's grid are replaced, since the maps have no finer resolution; and deleted
cells have the same content in both curves (the paper deletes to a constant and inserts into a
blurred image).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from scipy.integrate import trapezoid
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from ssimball.causal.cells import Cells, Order, largest_first, members, pixels_of
from ssimball.causal.interface import CausalTest
from ssimball.config.causal import CausalConfig
from ssimball.overlap.grids import Array, GridOrReason
from ssimball.storage.status import Status

KINDS = ("deletion", "insertion")


@dataclass(frozen=True)
class CellOrder:
    """All cells of a grid in the order in which they are deleted or inserted.

    Attributes:
        cells: flat indices, (h * w,).
        grid: (h, w).
    """

    cells: Order
    grid: tuple[int, int]


#: An order of cells, or the reason why there is none.
OrderOrReason = CellOrder | str


@dataclass(frozen=True)
class Curve:
    """A deletion or insertion curve of one image.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        order: name of the order of cells: ``deficit``, ``cam`` or ``random``.
        kind: ``deletion`` or ``insertion``.
        status: ``ok``, or the reason why the values are None.
        shares: share of the cells deleted or inserted, from 0 to 1.
        probabilities: softmax probability of the label at each share.
        area: area under the curve, by the trapezoidal rule.
    """

    image_id: str
    label: int
    order: str
    kind: str
    status: str = "ok"
    shares: tuple[float, ...] | None = None
    probabilities: tuple[float, ...] | None = None
    area: float | None = None

    def row(self) -> dict[str, Any]:
        """Return the curve as a row of contracts.causal.CURVES."""
        return dict(vars(self))


def order_by(values: GridOrReason, seed: int, image_id: str, noun: str) -> OrderOrReason:
    """Order cells by a map, the largest value first.

    Args:
        values: (h, w), or the reason why there is no map.
        seed: seed of the run.
        image_id: image that the map belongs to.
        noun: name of the map in a reason, e.g. ``CAM``.

    Returns:
        The order, or the reason why there is none: there is no map, or it is constant.
    """
    if isinstance(values, str):
        return values
    if not np.ptp(values):
        return f"the {noun} is the same in every cell"
    return CellOrder(largest_first(values, seed, image_id), (values.shape[0], values.shape[1]))


def substitute(clean: Tensor, settings: CausalConfig) -> Tensor:
    """Return the image that deleted pixels are taken from, not rounded to 8 bits.

    Args:
        clean: float64 (C, H, W) in [0, 1].
        settings: choose the blurred image or its mean colour.

    Returns:
        float64 (C, H, W) in [0, 1].
    """
    if settings.substitute == "mean":
        return clean.mean(dim=(1, 2), keepdim=True).expand_as(clean)
    sigma = (0, settings.blur_sigma, settings.blur_sigma)
    return torch.from_numpy(gaussian_filter(clean.numpy(), sigma, mode="nearest"))


def curves(
    test: CausalTest, image_id: str, label: int, clean: Tensor, orders: Mapping[str, OrderOrReason]
) -> list[Curve]:
    """Compute both curves of a clean image for each order of its cells.

    Args:
        test: the network and the settings.
        image_id: identifier of the image.
        label: class whose softmax probability the curves follow.
        clean: float64 (C, H, W) in [0, 1].
        orders: by name, the order of deletion and insertion, or the reason why there is none.

    Returns:
        Deletion and insertion for each order.
    """
    blank = substitute(clean, test.settings)
    found: list[Curve] = []
    for name, order in orders.items():
        if isinstance(order, str):
            found += curves_without_values(image_id, label, name, order)
            continue
        counts = _counts(order.cells.size, test.settings.curve_steps)
        deleted = pixels_of(_deleted_cells(order, counts), (clean.shape[1], clean.shape[2]))
        probabilities = [
            _probabilities(
                test.model, torch.where(batch[:, None], blank, clean).to(test.device), label
            )
            for batch in torch.split(deleted, test.batch_size)
        ]
        shares = counts / order.cells.size
        found += _both_kinds(image_id, label, name, shares, np.concatenate(probabilities))
    return found


def curves_without_values(image_id: str, label: int, order: str, status: str) -> list[Curve]:
    """Return both curves of an image that has no such order, without values."""
    return [Curve(image_id, label, order, kind, status) for kind in KINDS]


def _counts(cells: int, steps: int) -> Order:
    """Return the number of cells after each step, from 0 to all.

    There are fewer steps where there are fewer cells.
    """
    return np.unique(np.round(np.arange(steps + 1) * cells / steps).astype(np.int64))


def _deleted_cells(order: CellOrder, counts: Order) -> Cells:
    """Return the cells that each image lacks, bool (2 n - 2, h, w).

    The images of the deletion curve come first, then those of the insertion curve without its two
    ends. Insertion starts with the image where deletion ends, and ends where deletion starts.
    """
    deletion = [members(order.cells[:count], order.grid) for count in counts]
    insertion = [members(order.cells[count:], order.grid) for count in counts[1:-1]]
    return np.stack([*deletion, *insertion])


@torch.no_grad()
def _probabilities(model: nn.Module, images: Tensor, label: int) -> Array:
    probabilities: Array = model(images).double().softmax(1)[:, label].cpu().numpy()
    return probabilities


def _both_kinds(
    image_id: str, label: int, order: str, shares: Array, probabilities: Array
) -> list[Curve]:
    """Split the probabilities of :func:`_deleted_cells` into the two curves."""
    if not np.isfinite(probabilities).all():
        failed = str(Status.failed("the logits are not finite"))
        return curves_without_values(image_id, label, order, failed)
    deletion, inner = np.split(probabilities, [len(shares)])
    insertion = np.array([deletion[-1], *inner, deletion[0]])
    return [
        Curve(
            image_id=image_id,
            label=label,
            order=order,
            kind=kind,
            shares=tuple(shares.tolist()),
            probabilities=tuple(curve.tolist()),
            area=float(trapezoid(curve, shares)),
        )
        for kind, curve in zip(KINDS, (deletion, insertion), strict=True)
    ]
