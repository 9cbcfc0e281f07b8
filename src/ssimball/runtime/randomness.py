"""Random generators that depend on what they are for, and on nothing else."""

import hashlib

import numpy as np


def generator(seed: int, *purpose: str) -> np.random.Generator:
    """A generator for one purpose, e.g. ``generator(run_seed, image_id, attack_name)``."""
    return np.random.default_rng(int(digest(seed, *purpose), 16))


def digest(seed: int, *purpose: str) -> str:
    """Hex sha256 of seed and purpose; also a reproducible sorting key in random order."""
    return hashlib.sha256("\0".join([str(seed), *purpose]).encode()).hexdigest()
