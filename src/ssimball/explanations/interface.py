"""What every explanation takes and gives back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from ssimball.models.classifier import Classifier

Generators = Sequence[np.random.Generator]


@dataclass(frozen=True)
class Explanation:
    """Why a class has its logit, for a batch.

    Attributes:
        maps: float32 (B, h, w), raw: no ReLU, scaling or resizing at the end. The grid is that of
            the features, or the pixels' for methods that go back to the image.
        logits: of the class explained, float64 (B,).
        biases: float64 (B,) where the map is an exact account, mean of the map + bias = logit.
    """

    maps: Tensor
    logits: Tensor
    biases: Tensor | None = None


class Explain(Protocol):
    """A pure function; no image's map depends on the batch around it."""

    def __call__(
        self,
        classifier: Classifier,
        images: Tensor,
        classes: Tensor,
        settings: Any,
        rngs: Generators,
    ) -> Explanation:
        """Explain one class of each image.

        Args:
            classifier: the network.
            images: float (B, 3, H, W) in [0, 1].
            classes: the class to explain of each, int64 (B,).
            settings: of this method.
            rngs: one generator per image, for methods whose settings say ``seeded``.

        Raises:
            ConfigError: the network has no such layer as the settings name; starts with ``layer:``.
        """
        ...


def logit_of(logits: Tensor, classes: Tensor) -> Tensor:
    """The logit of each image's class, (B,), of logits (B, classes)."""
    return logits.gather(1, classes[:, None])[:, 0]
