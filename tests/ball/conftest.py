"""The promise of the safe models, checked on SSIM itself."""

import numpy as np
import pytest
import torch

from ssimball.ssim.index import ssim_map


def _keeps_ssim(ball, d, tolerance=0.0):
    """Return whether SSIM, in the ball's window, is what the ball promises, (B,) bool.

    The promise is a mean SSIM of at least 1 - epsilon and, with a local constraint, an SSIM of at
    least (1 - epsilon_local)² in every window. Model Q is an approximation and promises neither.
    """
    similarity = ssim_map(ball.images, ball.images + d.double(), ball.window)
    holds = torch.ones(len(d), dtype=torch.bool, device=d.device)
    if ball.mean is not None:
        holds &= similarity.flatten(1).mean(1) >= 1 - ball.epsilon * (1 + tolerance)
    if ball.epsilon_local is not None:
        floor = (1 - ball.epsilon_local * (1 + tolerance)) ** 2
        holds &= similarity.flatten(1).amin(1) >= floor
    return holds


@pytest.fixture(scope="session")
def keeps_ssim():
    """Give ``keeps_ssim(ball, d, tolerance)``, see :func:`_keeps_ssim`."""
    return _keeps_ssim


@pytest.fixture(scope="session")
def hard_gradient():
    """Give ``hard_gradient(seed, shape)``: a float64 gradient of one of four kinds.

    The kinds, by the seed: noise, noise of one sign, few pixels, magnitudes from 1e-9 to 1.
    """

    def make(seed, shape):
        rng = np.random.default_rng(seed)
        noise = rng.standard_normal(shape)
        kinds = [
            noise,
            np.abs(noise),
            noise * (rng.random(shape) < 0.05),
            noise * 10 ** rng.uniform(-9, 0, shape),
        ]
        return torch.from_numpy(kinds[seed % 4])

    return make
