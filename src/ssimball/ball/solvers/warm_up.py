"""Compile what the default attacks need, before the first job needs it."""

import torch

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.runtime.compilation import compiled_together
from ssimball.ssim.quality import quality
from ssimball.ssim.reference import Reference

#: Side of the image in pixels; compiled code is the same for all sizes.
_SIDE = 32


def warm_up() -> None:
    """Compile the solver of model Q with the default window, and the measures of SSIM.

    Takes about 20 seconds on a machine that has compiled nothing yet, and a second after that.
    """
    with compiled_together(_call_all):
        _call_all()


def _call_all() -> None:
    images = torch.linspace(0, 1, 3 * _SIDE * _SIDE, dtype=torch.float64)
    images = images.reshape(1, 3, _SIDE, _SIDE)
    ball = Ball.around(images, epsilon=0.01, tau=8 / 255)
    BallSolver(ball).maximise(images.float())
    quality(Reference(images[0]), images[0])
