"""A small grey image and its perturbations, on a grid of 7 x 7 cells."""

import numpy as np
import torch

from ssimball.causal.cells import pixels_of
from ssimball.causal.interface import CausalTest
from ssimball.causal.parts import AttackedImage
from ssimball.config.causal import CausalConfig

GRID, SIZE = (7, 7), (56, 56)
CAM = np.random.default_rng(0).permutation(49).reshape(GRID).astype(np.float32)
#: The ten cells where the CAM is largest, a share of 0.2.
TOP = CAM >= 49 - 10


def attacked(change, cam=CAM, **fields):
    """Return a grey image of class 0 and the same image with a change added."""
    clean = torch.full((3, *SIZE), 100 / 255, dtype=torch.float64)
    defaults = {"label": 0, "target": None, "clean_margin": 1.0, "cam": cam}
    return AttackedImage("a", clean=clean, stored=clean + change, **{**defaults, **fields})


def spread(cells, level):
    """Return a change by whole grey levels in some cells, (3, H, W)."""
    return pixels_of(cells, SIZE).expand(3, *SIZE).double() * level / 255


def causal_test(model, batch_size=4, seed=3, **settings):
    """Return the test of a network, with changed settings."""
    return CausalTest(model, CausalConfig(**settings), seed, batch_size)
