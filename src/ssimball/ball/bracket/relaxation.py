"""Outside the true ball: a convex function below 1 - SSIM in each window.

Let A be the largest standard deviation of a perturbation in the box, m- and m+ its least and
largest mean in a window, and T1 and T2 the largest values of t1 = 1 - S1 and t2 = 1 - S2. Since
1 - SSIM = t1 + t2 - t1 t2 and t1 t2 is at most T1 t2 and at most T2 t1,

    1 - SSIM >= k1 t1 + k2 t2    with (k1, k2) = (1, 1 - T1) or (1 - T2, 1).

Both terms are replaced by their convex envelopes (:mod:`ssimball.ball.bracket.quotient`), t1 in m
and t2 in the standard deviation for a given covariance.
"""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.constraint import Terms
from ssimball.ball.bracket.quotient import conjugate, envelope, quotient, tangency
from ssimball.ssim.index import C1, C2, ChangeStatistics

#: Added to A, relative and absolute, because rounding could leave it too small.
MARGIN = 1e-12
#: Least value of 2 s2 + C2 + 2 c in the envelope; any number will do, since the bound of the
#: conjugates does not depend on it.
LEAST = 1e-6


@dataclass(frozen=True)
class Relaxation:
    """What the relaxation needs of a ball; tensors are (B, C, h, w), one value per window.

    Attributes:
        ball: gives the images, windows, radius and box.
        amplitude: A, a bound on the standard deviation of any perturbation in the box.
        low: m-, at most 0.
        high: m+, at least 0.
        luminance: k1.
        structure: k2.
    """

    ball: Ball
    amplitude: Tensor
    low: Tensor
    high: Tensor
    luminance: Tensor
    structure: Tensor

    @classmethod
    def of(cls, ball: Ball) -> "Relaxation":
        """Return the relaxation of the true ball with the images, box and windows of ``ball``."""
        window, mu, s = ball.window, ball.statistics.mean, ball.statistics.variance.sqrt()
        amplitude = _amplitude(ball) * (1 + MARGIN) + MARGIN
        low, high = window.mean(ball.lower).clamp_max(0), window.mean(ball.upper).clamp_min(0)
        of_mean, of_spread = 2 * mu * mu + C1, 2 * s * s + C2
        t1 = torch.maximum(quotient(-low, of_mean, -mu), quotient(high, of_mean, mu))
        # With the most negative covariance, t2 rises up to this amplitude and falls beyond.
        peak = torch.minimum(amplitude, of_spread / s.clamp_min(1e-12))
        t2 = quotient(peak, of_spread, -s)
        by_t1 = t1 <= t2
        one = torch.ones_like(t1)
        k1, k2 = torch.where(by_t1, one, 1 - t2), torch.where(by_t1, 1 - t1, one)
        return cls(ball, amplitude, low, high, k1, k2)

    def terms(self, change: ChangeStatistics) -> Terms:
        """Return the relaxed deficit in each window, for the statistics of perturbations."""
        mu, m = self.ball.statistics.mean, change.mean
        t1, of_mean = envelope(m.abs(), 2 * mu * mu + C1, m.sign() * mu, self._reach(m))
        t2, of_variance, of_covariance = self._structure(change)
        return Terms(
            self.luminance * t1 + self.structure * t2,
            self.structure * of_variance,
            self.structure * of_covariance,
            self.luminance * of_mean * m.sign(),
        )

    def excess(self, change: ChangeStatistics, terms: Terms) -> Tensor:
        """Return how far a window's deficit can lie below a linear function, at most, (B, C, h, w).

        The linear function of d has the slopes of ``terms``: with a the standard deviation at
        which they were taken, alpha = 2 a dF/dV, kappa = -dF/dc / 2 and eta = dF/dm, it is

            alpha <d - m, p> - 2 kappa c + eta m,    p the direction of d - m at that point.

        The excess is the largest value, over the box, of this function minus k1 t1 + k2 t2. Only
        |<d - m, p>| <= sqrt(V) <= A, |c| <= s sqrt(V) and m- <= m <= m+ are used.
        """
        mu, s = self.ball.statistics.mean, self.ball.statistics.variance.sqrt()
        of_mean, d, end = 2 * mu * mu + C1, 2 * s * s + C2, self.amplitude
        # Neither is below C1 / (1 + C1): t1 never reaches 1, and T2 counts only where it is less.
        k1, k2 = self.luminance, self.structure
        alpha = 2 * change.variance.clamp_min(0).sqrt() * terms.variance / k2
        kappa, eta = -terms.covariance / (2 * k2), terms.mean / k1
        # The maximum over standard deviation and covariance lies on one of three edges.
        rays = (conjugate(alpha - 2 * kappa * t, d, t, end) for t in (s, -s))
        at_end = (end / kappa.clamp_min(1e-30).sqrt() - d - end * end) / 2
        at_end = torch.minimum(torch.maximum(at_end, -s * end), s * end)
        edge = alpha * end - 2 * kappa * at_end - end * end / (d + 2 * at_end + end * end)
        of_structure = torch.maximum(torch.maximum(*rays), edge)
        of_luminance = torch.maximum(
            conjugate(eta, of_mean, mu, self.high), conjugate(-eta, of_mean, -mu, -self.low)
        )
        return k1 * of_luminance + k2 * of_structure

    def _reach(self, m: Tensor) -> Tensor:
        """Return the largest magnitude of a mean with the sign of ``m``."""
        return torch.where(m < 0, -self.low, self.high)

    def _structure(self, change: ChangeStatistics) -> tuple[Tensor, Tensor, Tensor]:
        """Return the envelope of t2 and its derivatives with respect to V and c.

        With u = 2 s2 + C2 + 2 c and P = sqrt(u + A²), the chord of the envelope is
        ((P + A) a - A (P - A)) / (2 P²).
        """
        u = (2 * self.ball.statistics.variance + C2 + 2 * change.covariance).clamp_min(LEAST)
        variance, end = change.variance.clamp_min(0), self.amplitude
        a, p = variance.sqrt(), (u + end * end).sqrt()
        curved = a <= tangency(u, 0.0, end)
        value, rise = envelope(a, u, 0.0, end)
        on_chord = (end * (p - end) - (p + 2 * end) * a - end * end) / (2 * p**4)
        return (
            value,
            torch.where(curved, u / (u + variance) ** 2, rise / (2 * a).clamp_min(1e-30)),
            torch.where(curved, -2 * variance / (u + variance) ** 2, on_chord),
        )


def _amplitude(ball: Ball) -> Tensor:
    """Return a bound on the standard deviation of any perturbation in the box, per window.

    It is the smaller of two: the root of W(max(lower², upper²)), and the standard deviation of the
    middle of the box plus the root of W(half its width, squared).
    """
    mean, (lower, upper) = ball.window.mean, (ball.lower, ball.upper)
    middle, half = (lower + upper) / 2, (upper - lower) / 2
    largest = mean(torch.maximum(lower * lower, upper * upper)).sqrt()
    spread = (mean(middle * middle) - mean(middle) ** 2).clamp_min(0).sqrt()
    return torch.minimum(largest, spread + mean(half * half).sqrt())
