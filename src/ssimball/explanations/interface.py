"""The interface of all explanation methods."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
from torch import Tensor

from ssimball.models.classifier import Classifier

Generators = Sequence[np.random.Generator]


@dataclass(frozen=True)
class Explanation:
    """Maps that explain the logit of one class for each image of a batch.

    Attributes:
        maps: float32 (B, h, w), raw: without a final ReLU, scaling or resizing. The grid is that of
            the features, or that of the pixels for methods that differentiate down to the image.
        logits: logits of the explained classes, float64 (B,).
        biases: float64 (B,) where mean(map) + bias = logit holds exactly; None otherwise.
    """

    maps: Tensor
    logits: Tensor
    biases: Tensor | None = None


class Explain(Protocol):
    """An explanation method: a pure function whose maps do not depend on the rest of the batch."""

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
            classes: the class to explain on each image, int64 (B,).
            settings: settings of this method.
            rngs: one generator per image, for methods whose settings are ``seeded``.

        Raises:
            ConfigError: the network has no layer of the name in the settings; the message starts
                with ``layer:``.
        """
        ...


def logit_of(logits: Tensor, classes: Tensor) -> Tensor:
    """Return each image's logit of its class, (B,), from logits (B, classes)."""
    return logits.gather(1, classes[:, None])[:, 0]
