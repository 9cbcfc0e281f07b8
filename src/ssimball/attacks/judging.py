"""Judging a stored image: the network's prediction, and its similarity to the clean image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.models.classifier import Classifier
from ssimball.models.logits import finite_logits, margin, succeeded
from ssimball.ssim.quality import quality
from ssimball.ssim.reference import Reference
from ssimball.ssim.similarity import Similarity
from ssimball.storage.images import decode_png, to_tensor

#: An 8-bit RGB image, (H, W, 3).
Image = NDArray[np.uint8]


@dataclass(frozen=True)
class Judgement:
    """What the network and the similarity measures say about a stored image.

    Attributes:
        predicted: its class.
        success: whether that is the target or, without a target, other than the label.
        margin: the label's margin, in logits; negative if the image is misclassified.
        quality: similarity to the clean image, see :func:`ssimball.ssim.quality.quality`.
    """

    predicted: int
    success: bool
    margin: float
    quality: Mapping[str, Any]


@dataclass(frozen=True)
class Judge:
    """Judges perturbed versions of one image; each goes through the network once.

    Attributes:
        classifier: the network.
        clean: the clean image.
        label: its class.
        target: the class to reach; None for any class other than the label.
        device: the network's device.
    """

    classifier: Classifier
    clean: Reference
    label: int
    target: int | None
    device: str
    _logits: dict[bytes, Tensor] = field(default_factory=dict)

    def succeeds(self, image: Image) -> bool:
        """Return whether an 8-bit image fools the network.

        Raises:
            AttackError: the logits are not finite, so there is nothing to judge.
        """
        return succeeded(int(self._logits_of(image).argmax(1)), self.label, self.target)

    def judgement(self, image: Image, png: bytes, ssim: Similarity | None) -> Judgement:
        """Judge an image by its stored bytes.

        Args:
            image: the 8-bit image.
            png: the same image as it is stored.
            ssim: similarity of R, G and B to the clean image, if it was measured.

        Raises:
            AttackError: as for :meth:`succeeds`.
        """
        stored = decode_png(png)
        # What was measured before it was encoded holds for what is stored.
        assert np.array_equal(stored, image), "a PNG is lossless"
        logits = self._logits_of(stored)
        labels = torch.tensor([self.label], device=logits.device)
        return Judgement(
            predicted=int(logits.argmax(1)),
            success=self.succeeds(stored),
            margin=float(margin(logits.double(), labels)),
            quality=quality(self.clean, to_tensor(stored), ssim),
        )

    def _logits_of(self, image: Image) -> Tensor:
        content = image.tobytes()
        if content not in self._logits:
            images = to_tensor(image).to(self.device)[None]
            self._logits[content] = finite_logits(self.classifier, images)
        return self._logits[content]
