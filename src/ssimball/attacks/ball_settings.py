"""From an attack's settings to the ball they describe."""

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Proof, bounds
from ssimball.config.attacks.ball import SsimBallConfig, SsimBallConicConfig, WindowConfig
from ssimball.ssim.windows import Window, check_cover, gaussian, uniform

SIGMA = 1.5


def ball_of(images: Tensor, settings: SsimBallConfig | SsimBallConicConfig) -> Ball:
    """The ball around images in [0, 1], (B, C, H, W).

    Raises:
        AttackError: the windows leave pixels out.
    """
    both = settings.epsilon_local if isinstance(settings, SsimBallConfig) else None
    window = window_of(settings.window)
    check_cover(images.shape, window)
    return Ball.around(images, settings.epsilon, settings.tau, settings.model, both, window)


def recheck(
    image: Tensor, settings: SsimBallConfig | SsimBallConicConfig, row: Mapping[str, Any]
) -> tuple[bool, float, float, float]:
    """A stored certificate evaluated again.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: the attack's, from the stage in the file's metadata.
        row: of the ``attacks`` contract, tensors as arrays; one with a certificate.

    Returns:
        Whether the perturbation lies in the ball, the primal value, the dual bound, the gap.
    """

    def tensor(key: str) -> Tensor | None:
        return None if row.get(key) is None else torch.as_tensor(row[key])[None]

    gradient, d = (torch.as_tensor(row[key])[None] for key in ("gradient", "perturbation"))
    # The comparison of attacks may have chosen another radius.
    ball = ball_of(image.double()[None], settings.with_budget(row["budget"]))
    if isinstance(settings, SsimBallConfig) and settings.relinearise:
        ball = ball.linearised_at(d)
    nu = torch.tensor([row["multiplier"]], dtype=torch.float64)
    proof = Proof(nu, tensor("window_multipliers"), tensor("tangent"))
    primal, dual, gap = (float(value) for value in bounds(ball, gradient, d, proof))
    return bool(ball.contains(d)), primal, dual, gap


def window_of(settings: WindowConfig) -> Window:
    """The window that the settings describe."""
    if settings.kind == "uniform":
        return uniform(settings.size, settings.stride)
    sigma = SIGMA if settings.sigma is None else settings.sigma
    return gaussian(settings.size, sigma, settings.stride)
