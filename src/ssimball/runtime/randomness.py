"""Random generators that depend on a seed and a purpose, and on nothing else."""

import hashlib

import numpy as np


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """Return a generator for one purpose, e.g. ``generator(run_seed, image_id, attack_name)``.

    Examples:
        >>> generator(0, "cat", "pgd").random() == generator(0, "cat", "pgd").random()
        True
        >>> generator(0, "cat", "pgd").random() == generator(0, "dog", "pgd").random()
        False
    """
    return np.random.default_rng(int(digest(seed, *purpose), 16))


def digest(seed: int, *purpose: str) -> str:
    """Return the hex sha256 of seed and purpose, which also serves as a random sorting key."""
    return hashlib.sha256("\0".join([str(seed), *purpose]).encode()).hexdigest()
