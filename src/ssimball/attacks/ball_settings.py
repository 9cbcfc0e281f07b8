"""The SSIM ball that an attack's settings describe, and the recheck of stored certificates."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import BoundedPoint, Proof, bounds
from ssimball.config.attacks.ball import SsimBallConfig, SsimBallConicConfig
from ssimball.ssim.window_checks import check_cover
from ssimball.ssim.windows import Window, gaussian, uniform

#: Standard deviation of a Gaussian window if the settings give none, in pixels.
DEFAULT_SIGMA = 1.5


def ball_of(images: Tensor, settings: SsimBallConfig | SsimBallConicConfig) -> Ball:
    """Return the ball around images in [0, 1], (B, C, H, W).

    Raises:
        AttackError: the windows do not cover all pixels.
    """
    epsilon_local = settings.epsilon_local if isinstance(settings, SsimBallConfig) else None
    window = window_of(settings)
    check_cover(images.shape, window)
    return Ball.around(
        images, settings.epsilon, settings.tau, settings.model, epsilon_local, window
    )


class Recheck(NamedTuple):
    """A stored certificate, evaluated again.

    Attributes:
        inside: whether the perturbation lies in the ball.
        primal: <gradient, perturbation>.
        dual: upper bound on that product over the ball.
        gap: (dual - primal) / dual.
    """

    inside: bool
    primal: float
    dual: float
    gap: float


def stored_point(
    image: Tensor, settings: SsimBallConfig | SsimBallConicConfig, row: Mapping[str, Any]
) -> tuple[Ball, BoundedPoint]:
    """Return the ball of a stored certificate, and its point with the bounds evaluated again.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: the attack's settings, from the stage in the file's metadata.
        row: a row of the ``attacks`` contract with a certificate, its tensors as arrays.
    """

    def tensor(key: str) -> Tensor | None:
        return None if row.get(key) is None else torch.as_tensor(row[key])[None]

    gradient, d = (torch.as_tensor(row[key])[None] for key in ("gradient", "perturbation"))
    # The comparison of attacks may have chosen another radius than the settings.
    ball = ball_of(image.double()[None], settings.with_budget(row["budget"]))
    if isinstance(settings, SsimBallConfig) and settings.relinearise:
        ball = ball.linearised_at(d)
    nu = torch.tensor([row["multiplier"]], dtype=torch.float64)
    proof = Proof(nu, tensor("window_multipliers"), tensor("tangent"))
    return ball, BoundedPoint(gradient, d, proof, *bounds(ball, gradient, d, proof))


def recheck(
    image: Tensor, settings: SsimBallConfig | SsimBallConicConfig, row: Mapping[str, Any]
) -> Recheck:
    """Evaluate a stored certificate again; arguments as for :func:`stored_point`."""
    ball, point = stored_point(image, settings, row)
    numbers = (float(value) for value in (point.primal, point.dual, point.gap))
    return Recheck(bool(ball.contains(point.perturbation)), *numbers)


def window_of(settings: SsimBallConfig | SsimBallConicConfig) -> Window:
    """Return the window in which a ball measures similarity, with the ball's boundary."""
    window, boundary = settings.window, settings.boundary
    if window.kind == "uniform":
        return uniform(window.size, window.stride, boundary)
    sigma = DEFAULT_SIGMA if window.sigma is None else window.sigma
    return gaussian(window.size, sigma, window.stride, boundary)
