"""Deletion and insertion curves: an order of cells judged as an explanation of the clean image.

Petsiuk, Das, Saenko, "RISE: Randomized Input Sampling for Explanation of Black-box Models" (BMVC
2018), section 4.2. An order that says what the network looks at makes the probability of the class
fall early when cells are deleted, and rise early when they are inserted. From the paper: both
curves and the areas under them. Chosen here: whole cells of the CAM's grid, since the maps have no
finer resolution; one substitute for both curves (the paper deletes to a constant and inserts into a
blurred image).
"""

from collections.abc import Mapping
from typing import Any

import numpy as np
import torch
from scipy.integrate import trapezoid
from scipy.ndimage import gaussian_filter
from torch import Tensor, nn

from ssimball.causal.cells import Order, largest_first, members, pixels_of
from ssimball.config.causal import CausalConfig
from ssimball.overlap.grids import Array, GridOrReason
from ssimball.storage.status import failed

Row = dict[str, Any]
#: An order of cells, or the reason why there is none.
OrderOrReason = Order | str

KINDS = ("deletion", "insertion")


def order_of(values: GridOrReason, seed: int, image_id: str, noun: str) -> OrderOrReason:
    """Cells by a map (h, w), the largest first; a reason where it says nothing or is one itself.

    Args:
        noun: what the map is called in a reason, e.g. ``CAM``.
    """
    if isinstance(values, str):
        return values
    if not np.ptp(values):
        return f"the {noun} is the same in every cell"
    return largest_first(values, seed, image_id)


def substitute(clean: Tensor, settings: CausalConfig) -> Tensor:
    """What deleted pixels show: (C, H, W) in [0, 1] to the same; not rounded to 8 bits."""
    if settings.substitute == "mean":
        return clean.mean(dim=(1, 2), keepdim=True).expand_as(clean)
    sigma = (0, settings.blur_sigma, settings.blur_sigma)
    return torch.from_numpy(gaussian_filter(clean.numpy(), sigma, mode="nearest"))


def curve_rows(
    model: nn.Module,
    image_id: str,
    label: int,
    clean: Tensor,
    orders: Mapping[str, OrderOrReason],
    grid: tuple[int, int],
    settings: CausalConfig,
    *,
    batch_size: int,
    device: str = "cpu",
) -> list[Row]:
    """Curves of a clean image for each order of its cells: rows of contracts.causal.CURVES.

    Args:
        model: images float (B, C, H, W) in [0, 1] to logits (B, classes).
        label: class whose softmax probability is followed.
        clean: float64 (C, H, W) in [0, 1].
        orders: by name, the cells in the order of deletion and insertion.
        grid: (h, w) that they are cells of.
        batch_size: images that go through the network together; batches hold one image's alone.
    """
    blank, rows = substitute(clean, settings), []
    for name, order in orders.items():
        if isinstance(order, str):
            rows += rows_without_curve(image_id, label, name, order)
            continue
        counts = _counts(order.size, settings.curve_steps)
        frames = _frames(order, counts, grid)
        replaced = pixels_of(frames, (clean.shape[1], clean.shape[2]))
        found = [
            _probabilities(model, torch.where(some[:, None], blank, clean).to(device), label)
            for some in torch.split(replaced, batch_size)
        ]
        rows += _rows(image_id, label, name, counts / order.size, np.concatenate(found))
    return rows


def rows_without_curve(image_id: str, label: int, order: str, status: str) -> list[Row]:
    """Rows of contracts.causal.CURVES of an image that has no such order."""
    row = {"image_id": image_id, "label": label, "status": status, "order": order}
    return [{**row, "kind": kind} for kind in KINDS]


def _counts(cells: int, steps: int) -> Order:
    """Numbers of cells after each step, from 0 to all; fewer where there are fewer cells."""
    return np.unique(np.round(np.arange(steps + 1) * cells / steps).astype(np.int64))


def _frames(order: Order, counts: Order, grid: tuple[int, int]) -> Any:
    """Which cells are replaced, bool (2 n - 2, h, w): deletion, then insertion without its ends.

    Insertion begins where deletion ends, and ends where it begins.
    """
    deleted = [members(order[:count], grid) for count in counts]
    inserted = [members(order[count:], grid) for count in counts[1:-1]]
    return np.stack([*deleted, *inserted])


@torch.no_grad()
def _probabilities(model: nn.Module, images: Tensor, label: int) -> Array:
    found: Array = model(images).double().softmax(1)[:, label].cpu().numpy()
    return found


def _rows(image_id: str, label: int, order: str, shares: Array, probabilities: Array) -> list[Row]:
    if not np.isfinite(probabilities).all():
        return rows_without_curve(image_id, label, order, failed("the logits are not finite"))
    deletion, inner = np.split(probabilities, [len(shares)])
    insertion = np.array([deletion[-1], *inner, deletion[0]])
    rows = rows_without_curve(image_id, label, order, "ok")
    for row, curve in zip(rows, (deletion, insertion), strict=True):
        row |= {"shares": shares.tolist(), "probabilities": curve.tolist()}
        row["area"] = float(trapezoid(curve, shares))
    return rows
