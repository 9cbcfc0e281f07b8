"""The network's output on an image whose perturbation is restricted to a set of cells.

A correlation of distortion and CAM does not show that the part of a perturbation inside the CAM is
what fools the network. Here the network classifies the image with that part alone, and with parts
of the same size elsewhere.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ssimball.causal.interface import CausalTest
from ssimball.causal.parts import AttackedImage, Part, all_parts, restricted_perturbations
from ssimball.models.logits import margin, succeeded
from ssimball.ssim.index import mean_ssim
from ssimball.storage.images import to_8_bit, to_tensor
from ssimball.storage.status import Status

NOT_FINITE = "the logits are not finite"


@dataclass(frozen=True)
class PartOutcome:
    """The network's output on an image with one part of its perturbation.

    Attributes:
        image_id: identifier of the image.
        label: its true class.
        part: the part of the perturbation.
        status: ``ok``, or the reason why the values are None.
        predicted: class that the network predicts.
        fooled: whether that is the target or, without a target, another class than the label.
        margin: margin of the label.
        margin_drop: margin on the clean image minus ``margin``.
        l2: Euclidean norm of the part after rounding to 8 bits, for images in [0, 1].
        mean_ssim: mean SSIM with the clean image.
    """

    image_id: str
    label: int
    part: Part
    status: str = "ok"
    predicted: int | None = None
    fooled: bool | None = None
    margin: float | None = None
    margin_drop: float | None = None
    l2: float | None = None
    mean_ssim: float | None = None

    def row(self) -> dict[str, Any]:
        """Return the outcome as a row of contracts.causal.CAUSAL."""
        values = dict(vars(self))
        part: Part = values.pop("part")
        return {**values, "set": part.set, "area": part.area, "terms": part.comparison}


def outcomes_without_values(
    image_id: str, label: int, areas: Sequence[float], status: str
) -> list[PartOutcome]:
    """Return an outcome without values for every part of an image that has no stored result."""
    return [PartOutcome(image_id, label, part, status) for part in all_parts(areas)]


def part_outcomes(test: CausalTest, image: AttackedImage) -> list[PartOutcome]:
    """Round every part of an image's perturbation to 8 bits and classify the resulting image.

    Parts of equal energy are scaled before rounding. Rounding can shift the norms of small
    changes; ``l2`` is the norm after rounding.

    Args:
        test: the network and the settings.
        image: the image under one attack.

    Returns:
        One outcome per part, in the order of :func:`ssimball.causal.parts.all_parts`.
    """
    perturbations = restricted_perturbations(image, test.settings.areas, test.seed)
    present = {p: change for p, change in perturbations.items() if not isinstance(change, str)}
    parts = list(present)
    outcomes: dict[Part, PartOutcome] = {}
    for start in range(0, len(parts), test.batch_size):
        batch = {part: present[part] for part in parts[start : start + test.batch_size]}
        outcomes |= _evaluate(test, image, batch)
    for part, reason in perturbations.items():
        if isinstance(reason, str):
            outcomes[part] = PartOutcome(image.image_id, image.label, part, reason)
    return [outcomes[part] for part in perturbations]


@torch.no_grad()
def _evaluate(
    test: CausalTest, image: AttackedImage, batch: Mapping[Part, Tensor]
) -> dict[Part, PartOutcome]:
    """Classify an image with each of a batch of perturbations (C, H, W)."""
    clean = image.clean.to(test.device)
    stored = [to_tensor(to_8_bit(image.clean + change)) for change in batch.values()]
    images = torch.stack(stored).to(test.device)
    logits = test.model(images).double().cpu()
    labels = torch.full((len(images),), image.label)
    columns = zip(
        batch,
        logits,
        margin(logits, labels).tolist(),
        (images - clean).flatten(1).norm(dim=1).tolist(),
        mean_ssim(clean[None], images).tolist(),
        strict=True,
    )
    return {part: _outcome(image, part, *values) for part, *values in columns}


def _outcome(
    image: AttackedImage,
    part: Part,
    logits: Tensor,
    label_margin: float,
    l2: float,
    similarity: float,
) -> PartOutcome:
    if not bool(logits.isfinite().all()):
        return PartOutcome(image.image_id, image.label, part, str(Status.failed(NOT_FINITE)))
    predicted = int(logits.argmax())
    return PartOutcome(
        image_id=image.image_id,
        label=image.label,
        part=part,
        predicted=predicted,
        fooled=succeeded(predicted, image.label, image.target),
        margin=label_margin,
        margin_drop=image.clean_margin - label_margin,
        l2=l2,
        mean_ssim=similarity,
    )
