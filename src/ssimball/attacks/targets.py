"""The class that a targeted attack seeks to reach, for each image."""

from collections.abc import Sequence

import numpy as np

from ssimball.errors import ConfigError
from ssimball.runtime.randomness import generator


def target_class(
    target: int | str, label: int, logits: Sequence[float], rng: np.random.Generator
) -> int:
    """Return the class that the setting ``target`` means for an image.

    Args:
        target: the number of a class, ``least_likely`` or ``random``.
        label: the class of the image, which ``least_likely`` and ``random`` never choose.
        logits: the logits of the clean image, one per class.
        rng: the generator from which ``random`` draws, uniformly over the other classes.

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


def target_of_image(
    target: int | str, image_id: str, label: int, logits: Sequence[float], seed: int
) -> int:
    """Return the class that the setting ``target`` means for an image of a run.

    All attacks on an image share its random target: the draw does not depend on the attack's name.

    Args:
        target: the setting, see :func:`target_class`.
        image_id: the image's name in the subset.
        label: the class of the image.
        logits: the logits of the clean image, one per class.
        seed: the seed of the run.
    """
    return target_class(target, label, logits, generator(seed, image_id, "target"))
