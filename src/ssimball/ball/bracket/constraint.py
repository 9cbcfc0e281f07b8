"""Constraints that are sums over windows, with their slopes; that of the true ball is one.

A constraint bounds a sum over windows of a function of V, c and m, the variance of d, its
covariance with the image, and its mean. The notation is that of :mod:`ssimball.ball.ball`.
"""

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.lagrangian import gradient_from_windows
from ssimball.ssim.index import C1, C2, ChangeStatistics


@dataclass(frozen=True)
class Terms:
    """The terms of a sum over windows and their derivatives, (B, C, h, w) each.

    Attributes:
        value: the terms.
        variance: derivative with respect to V.
        covariance: derivative with respect to c.
        mean: derivative with respect to m.
    """

    value: Tensor
    variance: Tensor
    covariance: Tensor
    mean: Tensor


#: Maps the statistics of a perturbation to the terms of a constraint.
Constraint = Callable[[ChangeStatistics], Terms]


def half_gradient(ball: Ball, d: Tensor, change: ChangeStatistics, terms: Terms) -> Tensor:
    """Return half the gradient of the sum of the terms at ``d``, (B, C, H, W).

    Args:
        ball: gives the images and windows.
        d: the perturbations, float64 (B, C, H, W).
        change: their statistics.
        terms: at that point.
    """
    of_image = -terms.covariance / 2
    of_mean = terms.mean / 2 - terms.variance * change.mean + of_image * ball.statistics.mean
    return gradient_from_windows(ball, d, terms.variance, of_image, of_mean)


def deficit(ball: Ball, change: ChangeStatistics) -> Terms:
    """Return 1 - SSIM in each window, t1 + t2 - t1 t2 with t1 = 1 - S1 and t2 = 1 - S2.

    Args:
        ball: gives the images and windows.
        change: statistics of the perturbations.
    """
    mu, s2 = ball.statistics.mean, ball.statistics.variance
    m, variance = change.mean, change.variance.clamp_min(0)
    of_mean = 2 * mu * mu + C1
    unchanged = 2 * s2 + C2 + 2 * change.covariance
    luminance, structure = of_mean + 2 * mu * m + m * m, unchanged + variance
    t1, t2 = m * m / luminance, variance / structure
    return Terms(
        t1 + t2 - t1 * t2,
        (1 - t1) * unchanged / structure**2,
        -2 * (1 - t1) * variance / structure**2,
        (1 - t2) * 2 * m * (of_mean + mu * m) / luminance**2,
    )
