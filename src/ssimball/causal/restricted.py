"""What the network says of an image when its perturbation is cut to a set of cells.

A correlation of distortion and CAM does not say that the part inside the CAM is what fools the
network. Here that part is put to the network alone, beside parts of the same size elsewhere.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.causal.cells import EQUAL_SETS, REST, cell_sets, equal_energy, restrict
from ssimball.models.logits import margin, succeeded
from ssimball.overlap.grids import GridOrReason
from ssimball.ssim.index import mean_ssim
from ssimball.storage.images import to_8_bit, to_tensor
from ssimball.storage.status import failed

Row = dict[str, Any]

EQUAL_AREA, EQUAL_ENERGY = "equal_area", "equal_energy"
NOT_CHANGED = "no perturbation: the stored image is the clean one"
CONSTANT_CAM = "the CAM is the same in every cell"
EMPTY_PART = "a part to compare holds nothing of the perturbation"
NOT_FINITE = "the logits are not finite"


@dataclass(frozen=True)
class Case:
    """An image under one attack.

    Attributes:
        label, target: its class, and the class the attack moves towards, None for any other.
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
    """Which part of the perturbation: set of cells, share of the cells, and terms."""

    set: str
    area: float
    terms: str = EQUAL_AREA


NONE, ALL = Part("none", 0.0), Part("all", 1.0)


def parts(areas: Sequence[float]) -> list[Part]:
    """Every part that a perturbation is cut to; the area of ``rest_of_top`` is that of the top."""
    found = [NONE, ALL]
    for area in areas:
        found += [Part(name, area) for name in (*EQUAL_SETS, REST)]
        found += [Part(name, area, EQUAL_ENERGY) for name in EQUAL_SETS]
    return found


def rows_without_values(
    image_id: str, label: int, areas: Sequence[float], status: str
) -> list[Row]:
    """Rows of contracts.causal.CAUSAL of an image that there is nothing to cut of."""
    return [_row(image_id, label, part, status) for part in parts(areas)]


def causal_rows(
    model: nn.Module,
    case: Case,
    *,
    areas: Sequence[float],
    seed: int,
    batch_size: int,
    device: str = "cpu",
) -> list[Row]:
    """Each part of the perturbation, rounded to 8 bits and judged: rows of contracts.causal.CAUSAL.

    Batches hold parts of one image, so no value depends on other images. ``equal_energy`` scales
    the compared parts down to the least l2 norm among them before rounding, which can shift the
    norms of small changes; ``l2`` is that after rounding.

    Args:
        model: images float (B, C, H, W) in [0, 1] to logits (B, classes).
        areas: shares of the cells, in (0, 0.5].
        seed: of ties in the CAM and of random cells.
        batch_size: images that go through the network together.
    """
    changes = _changes(case, areas, seed)
    judged: list[Row] = []
    known = [change for change in changes.values() if not isinstance(change, str)]
    for start in range(0, len(known), batch_size):
        judged += _judged(model, case, known[start : start + batch_size], device)
    values = iter(judged)
    return [
        _row(case.image_id, case.label, part, change)
        if isinstance(change, str)
        else _row(case.image_id, case.label, part, "ok") | next(values)
        for part, change in changes.items()
    ]


def _row(image_id: str, label: int, part: Part, status: str) -> Row:
    where = {"set": part.set, "area": part.area, "terms": part.terms}
    return {"image_id": image_id, "label": label, "status": status, **where}


def _changes(case: Case, areas: Sequence[float], seed: int) -> dict[Part, Tensor | str]:
    """Each part of the perturbation (C, H, W), or the reason why there is none."""
    whole = case.stored - case.clean
    if not bool(whole.any()):
        return dict.fromkeys(parts(areas), NOT_CHANGED)
    found: dict[Part, Tensor | str] = {NONE: torch.zeros_like(whole), ALL: whole}
    if isinstance(case.cam, str) or not np.ptp(case.cam):
        why = case.cam if isinstance(case.cam, str) else CONSTANT_CAM
        return dict.fromkeys(parts(areas), why) | found
    for area in areas:
        sets = cell_sets(case.cam, area, seed, case.image_id)
        names, cells = list(sets), np.stack(list(sets.values()))
        cut = restrict(whole.expand(len(names), *whole.shape), cells)
        found |= {Part(name, area): one for name, one in zip(names, cut, strict=True)}
        scaled = equal_energy(torch.stack([cut[names.index(name)] for name in EQUAL_SETS]))
        for number, name in enumerate(EQUAL_SETS):
            one = EMPTY_PART if scaled is None else scaled[number]
            found[Part(name, area, EQUAL_ENERGY)] = one
    return found


@torch.no_grad()
def _judged(model: nn.Module, case: Case, changes: Sequence[Tensor], device: str) -> list[Row]:
    clean = case.clean.to(device)
    stored = [to_tensor(to_8_bit(case.clean + change)) for change in changes]
    images = torch.stack(stored).to(device)
    logits = model(images).double().cpu()
    labels = torch.full((len(images),), case.label)
    rows: list[Row] = []
    for one, own, l2, similarity in zip(
        logits,
        margin(logits, labels).tolist(),
        (images - clean).flatten(1).norm(dim=1).tolist(),
        mean_ssim(clean[None], images).tolist(),
        strict=True,
    ):
        if not bool(one.isfinite().all()):
            rows.append({"status": failed(NOT_FINITE)})
            continue
        predicted = int(one.argmax())
        rows.append(
            {
                "predicted": predicted,
                "fooled": succeeded(predicted, case.label, case.target),
                "margin": own,
                "margin_drop": case.clean_margin - own,
                "l2": l2,
                "mean_ssim": similarity,
            }
        )
    return rows
