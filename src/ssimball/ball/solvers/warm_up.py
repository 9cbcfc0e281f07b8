"""What the default attacks need compiled, before the first job needs it."""

import torch

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ssim.quality import quality
from ssimball.ssim.reference import Reference

#: Side of the image in pixels; compiled code is the same for all sizes.
_SIDE = 32


def call_all() -> None:
    """Call the solver of model Q with the default window, and the measures of SSIM."""
    images = torch.linspace(0, 1, 3 * _SIDE * _SIDE, dtype=torch.float64)
    images = images.reshape(1, 3, _SIDE, _SIDE)
    ball = Ball.around(images, epsilon=0.01, tau=8 / 255)
    BallSolver(ball).maximise(images.float())
    quality(Reference(images[0]), images[0])
