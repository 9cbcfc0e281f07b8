"""Projected gradient ascent under a bound on SSIM itself.

The problem is that of Hameed and Gyorgy, "Perceptually Constrained Adversarial Attacks" (2021,
arXiv 2102.07140): an SSIM constraint in place of an lp norm,

    maximise loss(x + d)  subject to  D(d) = 1 - mean SSIM(x, x + d) <= epsilon,  0 <= x + d <= 1.

D is the SSIM deficit. The steps are this project's own, because the text of the paper was not
available. Let g be the gradient of the loss at d, h the gradient of D at d, and M the diagonal
majorant of D's quadratic model at d = 0. A step is

    p = g / M - l h / M,   l = max(0, <g, h / M> / <h, h / M>) where D(d) = epsilon, else 0
    d <- s clip(d + a r p / |p|_M),   a = relative_step_size (1 - k / steps), k = 0, 1, ...

Here r² = epsilon times the number of windows and channels is the radius of the quadratic model, and
s in [0, 1] is the factor that brings D down to epsilon.

Rescaled plain steps along g would end with d along g. The direction p keeps the part of g that does
not cost SSIM, so that it vanishes exactly where g is normal to the ball. M compensates for the fact
that a change costs up to 500 times as much in flat windows as in textured ones. Being diagonal, it
ignores how neighbouring pixels interact, so convergence is slow where the gradient is smooth and
the image flat. The ball is not convex, so the result is a local optimum.
"""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.ball.ball import Ball
from ssimball.ball.quadratic import inner
from ssimball.config.attacks.perceptual import SsimPgdConfig
from ssimball.ssim.index import ChangeStatistics, mean_ssim_deficit
from ssimball.ssim.windows import SSIM_WINDOW

#: Share of the bound on D that may stay unused. A perturbation this close counts as at the bound.
SLACK = 1e-4
#: Iterations of the search for the factor that brings D down to its bound.
ITERATIONS = 40
#: Number of those that may use the square-root rule; the later ones bisect.
ROOT_ITERATIONS = 12


def attack(model: nn.Module, batch: Batch, settings: SsimPgdConfig) -> AttackResult:
    """Ascend under the exact bound on mean SSIM; see :class:`Attack`."""
    bound = SsimBound.around(batch.images, settings.epsilon)
    d = torch.zeros_like(bound.ball.images)
    for step in range(settings.steps):
        x = bound.ball.images + d
        gradient = loss_gradient(model, x, batch.labels, settings.loss, batch.targets)
        size = settings.relative_step_size * (1 - step / settings.steps)
        d = bound.project(d + size * bound.direction(d, gradient))
    return AttackResult((bound.ball.images + d).clamp(0, 1))


@dataclass(frozen=True)
class SsimBound:
    """The bound 1 - mean SSIM <= epsilon; all perturbations are float64 (B, C, H, W).

    Attributes:
        ball: the ball of the quadratic model, which holds the images and epsilon.
    """

    ball: Ball

    @classmethod
    def around(cls, images: Tensor, epsilon: float) -> "SsimBound":
        """Return the bound for images (B, C, H, W) in [0, 1], on SSIM as it is reported."""
        return cls(Ball.around(images, epsilon, tau=None, window=SSIM_WINDOW))

    @cached_property
    def metric(self) -> Tensor:
        """The diagonal majorant M, positive, (B, C, H, W)."""
        return self.ball.quadratic.majorant()

    def deficit(self, d: Tensor) -> Tensor:
        """Return the SSIM deficit 1 - mean SSIM, (B,); differentiable."""
        return mean_ssim_deficit(self.ball.statistics, self.ball.change(d))

    def deficit_gradient(self, d: Tensor) -> tuple[Tensor, Tensor]:
        """Return the SSIM deficit, (B,), and its gradient, (B, C, H, W)."""
        d = d.detach().clone().requires_grad_(True)
        deficit = self.deficit(d)
        (gradient,) = torch.autograd.grad(deficit.sum(), d)
        return deficit.detach(), gradient

    def direction(self, d: Tensor, gradient: Tensor) -> Tensor:
        """Return the direction p of steepest ascent, tangential to the bound if d is at it.

        Its norm in M is the ball's radius; it is 0 for an image whose loss cannot be increased.
        """
        deficit, normal = self.deficit_gradient(d)
        outward = inner(gradient, normal / self.metric).clamp_min(0)
        cost = inner(normal, normal / self.metric)
        bound = (deficit >= (1 - 2 * SLACK) * self.ball.epsilon) & (cost > 0)
        share = torch.where(bound, outward / torch.where(bound, cost, 1.0), 0.0)
        ascent = (gradient - _each(share) * normal) / self.metric
        length = inner(ascent, ascent * self.metric).sqrt()
        factor = torch.where(length > 0, self.ball.radius**0.5 / length.clamp_min(1e-300), 0.0)
        return _each(factor) * ascent

    def project(self, d: Tensor) -> Tensor:
        """Clip the perturbation to the box, then scale it down until it meets the bound."""
        d = self.ball.project_box(d)
        return _each(self._factor(self.ball.change(d))) * d

    def _factor(self, change: ChangeStatistics) -> Tensor:
        """Return a factor in [0, 1], (B,), with which the change meets the bound.

        If the factor is below 1, the change uses the bound up to SLACK. The SSIM deficit grows
        about as the square of the factor, which suggests the next one to try.
        """
        target = (1 - SLACK / 2) * self.ball.epsilon
        low, high = (torch.full_like(change.mean[:, 0, 0, 0], value) for value in (0.0, 1.0))
        factor = high
        for iteration in range(ITERATIONS):
            deficit = self._scaled(change, factor)
            inside = deficit <= self.ball.epsilon
            low, high = torch.where(inside, factor, low), torch.where(inside, high, factor)
            done = inside & ((factor == 1) | (deficit >= (1 - SLACK) * self.ball.epsilon))
            if bool(done.all()):
                break
            suggested = factor * (target / deficit.clamp_min(1e-300)).sqrt()
            fits = (suggested > low) & (suggested < high) & (iteration < ROOT_ITERATIONS)
            factor = torch.where(done, factor, torch.where(fits, suggested, (low + high) / 2))
        return low

    def _scaled(self, change: ChangeStatistics, factor: Tensor) -> Tensor:
        s = _each(factor)
        statistics = (s * change.mean, s * s * change.variance, s * change.covariance)
        return mean_ssim_deficit(self.ball.statistics, ChangeStatistics(*statistics))


def _each(numbers: Tensor) -> Tensor:
    """Reshape (B,) to (B, 1, 1, 1)."""
    return numbers.reshape(-1, 1, 1, 1)
