"""Outside the true ball: a convex function below 1 - SSIM in each window.

With t1 = 1 - S1 and t2 = 1 - S2, 1 - SSIM = t1 + t2 - t1 t2. Let T1 and T2 be the largest t1 and t2
in the box. Then t1 t2 is at most T1 t2 and at most T2 t1, so

    1 - SSIM >= max(t1 + (1 - T1) t2, (1 - T2) t1 + t2).

Both terms are replaced by their convex envelopes (:mod:`ssimball.ball.bracket.quotient`), t1 in the
mean m and t2 in the standard deviation for a given covariance. The notation is that of
:mod:`ssimball.ball.ball`; docs/certificates.md has the proofs.
"""

from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.constraint import Terms
from ssimball.ball.bracket.quotient import conjugate, envelope, quotient, tangency
from ssimball.ssim.index import C1, C2, ChangeStatistics

#: Added to A, relative and absolute, because rounding could leave it too small.
MARGIN = 1e-12
#: Least value of 2 s2 + C2 + 2 c in the envelope; any number will do, since the bound of the
#: excess does not depend on it.
LEAST = 1e-6
#: Where T2 is larger, the second of the two bounds is not used.
LARGEST = 0.999


class Parts(NamedTuple):
    """The relaxed terms of each window and their derivatives, (B, C, h, w) each.

    Attributes:
        luminance: envelope of t1.
        structure: envelope of t2.
        of_mean: derivative of the former with respect to m.
        of_variance: derivative of the latter with respect to V.
        of_covariance: derivative of the latter with respect to c.
        k1: factor of the former in the larger of the two bounds.
        k2: factor of the latter.
    """

    luminance: Tensor
    structure: Tensor
    of_mean: Tensor
    of_variance: Tensor
    of_covariance: Tensor
    k1: Tensor
    k2: Tensor


@dataclass(frozen=True)
class Relaxation:
    """What the relaxation needs of a ball; tensors are (B, C, h, w), one value per window.

    Attributes:
        ball: gives the images, windows, radius and box.
        amplitude: A, a bound on the standard deviation of any perturbation in the box.
        low: least mean of a perturbation in the box, at most 0.
        high: largest mean, at least 0.
        luminance: T1, below 1.
        structure: T2, at most 2.
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
        return cls(ball, amplitude, low, high, t1, quotient(peak, of_spread, -s))

    def terms(self, change: ChangeStatistics) -> Terms:
        """Return the relaxed 1 - SSIM in each window, for the statistics of perturbations."""
        parts = self._parts(change)
        return Terms(
            parts.k1 * parts.luminance + parts.k2 * parts.structure,
            parts.k2 * parts.of_variance,
            parts.k2 * parts.of_covariance,
            parts.k1 * parts.of_mean,
        )

    def excess(self, change: ChangeStatistics) -> Tensor:
        """Return how far 1 - SSIM can lie below a linear function, at most, (B, C, h, w).

        The linear function has the gradient of :meth:`terms` at the given statistics. Per window,
        with a the standard deviation there, alpha = 2 a dt2/dV, kappa = -dt2/dc / 2, eta = dt1/dm,
        and p the direction of d - m there, it is

            k1 eta m + k2 (alpha <d - m, p> - 2 kappa c).

        The excess is its largest value over the box minus k1 t1 + k2 t2. Of d it uses only
        <d - m, p> <= sqrt(V) <= A, |c| <= s sqrt(V), and the bounds of m.
        """
        parts = self._parts(change)
        mu, eta = self.ball.statistics.mean, parts.of_mean
        of_mean = 2 * mu * mu + C1
        of_luminance = torch.maximum(
            conjugate(eta, of_mean, mu, self.high), conjugate(-eta, of_mean, -mu, -self.low)
        )
        alpha = 2 * change.variance.clamp_min(0).sqrt() * parts.of_variance
        of_structure = self._structure_excess(alpha, -parts.of_covariance / 2)
        return parts.k1 * of_luminance + parts.k2 * of_structure

    def _structure_excess(self, alpha: Tensor, kappa: Tensor) -> Tensor:
        """Return the maximum of alpha a - 2 kappa c - t2 over 0 <= a <= A and |c| <= s a.

        It lies on one of the edges c = s a, c = -s a and a = A.
        """
        s, end = self.ball.statistics.variance.sqrt(), self.amplitude
        d = 2 * s * s + C2
        rays = [conjugate(alpha - 2 * kappa * t, d, t, end) for t in (s, -s)]
        c = (end / kappa.clamp_min(1e-30).sqrt() - d - end * end) / 2
        c = torch.minimum(torch.maximum(c, -s * end), s * end)
        edge = alpha * end - 2 * kappa * c - end * end / (d + 2 * c + end * end)
        return torch.maximum(torch.maximum(*rays), edge)

    def _parts(self, change: ChangeStatistics) -> Parts:
        """Return the relaxed terms and their factors."""
        mu, m = self.ball.statistics.mean, change.mean
        reach = torch.where(m < 0, -self.low, self.high)
        t1, of_mean = envelope(m.abs(), 2 * mu * mu + C1, m.sign() * mu, reach)
        t2, of_variance, of_covariance = self._structure(change)
        first = (self.luminance * t2 < self.structure * t1) | (self.structure > LARGEST)
        k1 = torch.where(first, 1.0, 1 - self.structure)
        k2 = torch.where(first, 1 - self.luminance, 1.0)
        return Parts(t1, t2, of_mean * m.sign(), of_variance, of_covariance, k1, k2)

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
