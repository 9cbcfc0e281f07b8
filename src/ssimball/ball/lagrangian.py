"""The terms of the dual bound; the formulas are those of :mod:`ssimball.ball.certificate`."""

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.quadratic import QuadraticBall, total
from ssimball.ssim.index import ChangeStatistics


def box_term(ball: Ball | QuadraticBall, remainder: Tensor) -> Tensor:
    """Return the largest product of ``remainder`` (B, C, H, W) with a point of the box, (B,)."""
    return total(torch.maximum(remainder * ball.lower, remainder * ball.upper))


def lagrangian_gradient(
    ball: Ball, d: Tensor, change: ChangeStatistics, nu: Tensor, windows: Tensor | None
) -> Tensor:
    """Return G, the gradient of the constraint terms at ``d``, float64 (B, C, H, W).

    Args:
        ball: the ball.
        d: point at which the bound is taken, (B, C, H, W).
        change: statistics of ``d``.
        nu: multiplier of the mean constraint, (B,).
        windows: lambda and y per window, float64 (B, 2, C, h, w); None without local constraint.
    """
    mu, m = ball.statistics.mean, change.mean
    structure = of_image = of_mean = torch.zeros_like(m)
    if ball.mean is not None:
        a, b = (nu.reshape(-1, 1, 1, 1) * weight for weight in ball.weights(change))
        structure, of_mean = a, (b - a) * m
    if ball.mean == "S":
        a, b = ball.weights(change)
        of_image = structure * a * change.variance
        of_mean = of_mean + of_image * mu - nu.reshape(-1, 1, 1, 1) * b * b * m * m * mu
    if ball.local is not None and windows is not None:
        twice, y = 2 * windows[:, 0].clamp_min(0), windows[:, 1]
        structure, of_image = structure + twice, of_image + ball.local.k * twice
        of_mean = of_mean - twice * m + ball.local.k * twice * mu + y
    return gradient_from_windows(ball, d, structure, of_image, of_mean)


def gradient_from_windows(
    ball: Ball, d: Tensor, structure: Tensor, image: Tensor, mean: Tensor
) -> Tensor:
    """Assemble a gradient at ``d``, (B, C, H, W), from weights per window (B, C, h, w).

    Args:
        ball: the ball.
        d: (B, C, H, W).
        structure: weight of d itself.
        image: weight of minus the image.
        mean: weight of the constant 1.
    """
    spread = [ball.window.adjoint(weight, d.shape[-2:]) for weight in (structure, image, mean)]
    return spread[0] * d - spread[1] * ball.images + spread[2]


def constraint_terms(
    ball: Ball, change: ChangeStatistics, nu: Tensor, windows: Tensor | None
) -> Tensor:
    """Return the dual bound without its box term, float64 (B,).

    Args:
        ball: the ball.
        change: statistics of the point at which the bound is taken.
        nu: multiplier of the mean constraint, (B,).
        windows: lambda and y per window, float64 (B, 2, C, h, w); None without local constraint.
    """
    bound = torch.zeros_like(nu)
    if ball.mean is not None:
        # With a multiplier of 0 the constraint does not matter, even where it is undefined.
        bound = torch.where(nu > 0, nu * _mean_term(ball, change), bound)
    if ball.local is not None and windows is not None:
        k, low, high = ball.local.k, ball.local.low, ball.local.high
        inside, y = windows[:, 0].clamp_min(0), windows[:, 1]
        distance = ball.usage(change)[0].sqrt() * ball.local.radius
        support = k * change.covariance - k * k * ball.statistics.variance + distance
        luminance = torch.maximum(y * low, y * high)
        bound = bound + total(2 * inside * support + luminance)
    return bound


def _mean_term(ball: Ball, change: ChangeStatistics) -> Tensor:
    """Return the term of the mean constraint for nu = 1, (B,)."""
    distance = ball.distance(change)
    if ball.mean == "Q":
        return (ball.radius * distance.clamp_min(0)).sqrt()
    a, b = ball.weights(change)
    m, mu = change.mean, ball.statistics.mean
    bent = a * a * change.variance * change.covariance + b * b * m**3 * mu
    # <grad F, d> = 2 F - 2 bent.
    return (distance + ball.radius) / 2 - total(bent)
