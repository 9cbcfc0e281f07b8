"""The network's output on an image whose perturbation is restricted to a set of cells.

A correlation of distortion and CAM does not show that the part of a perturbation inside the CAM is
what fools the network. Here the network classifies the image with that part alone, and with parts
of the same size elsewhere.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.causal.interface import CausalTest
from ssimball.causal.parts import (
    NO_CELLS,
    AttackedImage,
    Part,
    all_parts,
    restricted_perturbations,
)
from ssimball.models.logits import margin, succeeded
from ssimball.ssim.index import image_statistics
from ssimball.ssim.similarity import similarity
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
    pictures = {
        part: to_8_bit(image.clean + change)
        for part, change in perturbations.items()
        if not isinstance(change, str)
    }
    # Of equal energy the smallest part is not scaled, and small parts round to the same image.
    distinct = {picture.tobytes(): picture for picture in pictures.values()}
    judged = dict(zip(distinct, _judge(test, image, list(distinct.values())), strict=True))
    return [
        PartOutcome(image.image_id, image.label, part, change)
        if isinstance(change, str)
        else replace(judged[pictures[part].tobytes()], part=part)
        for part, change in perturbations.items()
    ]


def _judge(
    test: CausalTest, image: AttackedImage, pictures: Sequence[NDArray[np.uint8]]
) -> Iterator[PartOutcome]:
    """Classify 8-bit images, and compare them with the clean image.

    Args:
        test: the network and the settings.
        image: the image under one attack.
        pictures: versions of it, uint8 (H, W, C).

    Yields:
        The outcome of each, as one of the part without cells.
    """
    statistics = image_statistics(image.clean)
    for start in range(0, len(pictures), test.batch_size):
        batch = [to_tensor(picture) for picture in pictures[start : start + test.batch_size]]
        logits = _logits(test, torch.stack(batch))
        margins = margin(logits, torch.full((len(batch),), image.label)).tolist()
        for version, scores, label_margin in zip(batch, logits, margins, strict=True):
            alike = similarity(image.clean, version, statistics)
            l2 = float((version - image.clean).norm())
            yield _outcome(image, scores, label_margin, l2, alike.overall)


@torch.no_grad()
def _logits(test: CausalTest, images: Tensor) -> Tensor:
    logits: Tensor = test.model(images.to(test.device)).double().cpu()
    return logits


def _outcome(
    image: AttackedImage, logits: Tensor, label_margin: float, l2: float, mean_ssim: float
) -> PartOutcome:
    if not bool(logits.isfinite().all()):
        return PartOutcome(image.image_id, image.label, NO_CELLS, str(Status.failed(NOT_FINITE)))
    predicted = int(logits.argmax())
    return PartOutcome(
        image_id=image.image_id,
        label=image.label,
        part=NO_CELLS,
        predicted=predicted,
        fooled=succeeded(predicted, image.label, image.target),
        margin=label_margin,
        margin_drop=image.clean_margin - label_margin,
        l2=l2,
        mean_ssim=mean_ssim,
    )
