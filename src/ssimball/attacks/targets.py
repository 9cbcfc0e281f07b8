"""The class that a targeted attack is to reach, image by image."""

from collections.abc import Sequence

import numpy as np

from ssimball.errors import ConfigError


def target_class(
    target: int | str, label: int, logits: Sequence[float], rng: np.random.Generator
) -> int:
    """The class that ``settings.target`` means for an image.

    Args:
        target: a class's number, ``least_likely`` or ``random``.
        label: class of the image; the last two never choose it.
        logits: of the clean image, one for each class.
        rng: what ``random`` draws from, uniformly over the other classes.

    Raises:
        ConfigError: the network has no class of that number.
    """
    if isinstance(target, int):
        if target >= len(logits):
            raise ConfigError(f"target: {target} is not one of the classes 0 to {len(logits) - 1}")
        return target
    others = [number for number in range(len(logits)) if number != label]
    if target == "random":
        return int(rng.choice(others))
    return min(others, key=lambda number: logits[number])
