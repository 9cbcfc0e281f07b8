"""Projected gradient ascent under a bound on SSIM itself.

The problem is that of Hameed and Gyorgy, "Perceptually Constrained Adversarial Attacks" (2021,
arXiv 2102.07140): an SSIM constraint in place of an lp norm,

    maximise loss(x + d)  subject to  D(d) = 1 - mean SSIM(x, x + d) <= epsilon,  0 <= x + d <= 1.

The steps are this project's: the text of the paper was not at hand. With g the gradient of the
loss, h that of D, both at d, and M the diagonal majorant of D's quadratic model at d = 0:

    p = g / M - l h / M,   l = max(0, <g, h / M> / <h, h / M>) where D(d) = epsilon, else 0
    d <- s clip(d + a r p / |p|_M),   a = relative_step_size (1 - k / steps), k = 0, 1, ...

r² = epsilon times windows and channels is the radius of the quadratic model; s in [0, 1] is the
factor that brings D down to epsilon. Plain steps along g, rescaled, would end at d along g; p keeps
what does not cost SSIM, so that it vanishes just where g is normal to the ball. M makes up for how
much more a change costs in flat windows than in textured ones: up to 500 times. It knows nothing of
neighbours: where the gradient is smooth and the image flat, convergence is slow. The ball is not
convex, so what is reached is a local optimum.
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

#: Share of the bound that may stay unused; nearer than that counts as at the bound.
SLACK = 1e-4
#: Rounds of the search for a step's factor; the later ones bisect.
ROUNDS = 40
QUICK_ROUNDS = 12


def attack(model: nn.Module, batch: Batch, settings: SsimPgdConfig) -> AttackResult:
    """Ascend inside the true ball of mean SSIM. See :class:`Attack`."""
    bound = SsimBound(Ball.around(batch.images, settings.epsilon, tau=None))
    d = torch.zeros_like(bound.ball.images)
    for step in range(settings.steps):
        x = bound.ball.images + d
        gradient = loss_gradient(model, x, batch.labels, settings.loss, batch.targets)
        size = settings.relative_step_size * (1 - step / settings.steps)
        d = bound.project(d + size * bound.direction(d, gradient))
    return AttackResult((bound.ball.images + d).clamp(0, 1))


@dataclass(frozen=True)
class SsimBound:
    """1 - mean SSIM of at most the ball's epsilon. All perturbations are float64 (B, C, H, W)."""

    ball: Ball

    @cached_property
    def metric(self) -> Tensor:
        """M, positive, (B, C, H, W)."""
        return self.ball.quadratic.majorant()

    def deficit(self, d: Tensor) -> Tensor:
        """1 - mean SSIM, (B,). Differentiable."""
        return mean_ssim_deficit(self.ball.statistics, self.ball.change(d))

    def deficit_gradient(self, d: Tensor) -> tuple[Tensor, Tensor]:
        """1 - mean SSIM, (B,), and its gradient."""
        d = d.detach().clone().requires_grad_(True)
        deficit = self.deficit(d)
        (gradient,) = torch.autograd.grad(deficit.sum(), d)
        return deficit.detach(), gradient

    def direction(self, d: Tensor, gradient: Tensor) -> Tensor:
        """Where the loss grows most, at the bound without leaving it: as long as the radius in M.

        0 where nothing is to be gained.
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
        """The perturbation clipped to the box and then scaled down as far as the bound asks."""
        d = self.ball.project_box(d)
        return _each(self._factor(self.ball.change(d))) * d

    def _factor(self, change: ChangeStatistics) -> Tensor:
        """A factor in [0, 1], (B,), with which the change is inside; the bound but SLACK if < 1.

        The deficit grows about as the square of the factor: that gives the next one to try.
        """
        target = (1 - SLACK / 2) * self.ball.epsilon
        low, high = (torch.full_like(change.mean[:, 0, 0, 0], value) for value in (0.0, 1.0))
        factor = high
        for step in range(ROUNDS):
            deficit = self._scaled(change, factor)
            inside = deficit <= self.ball.epsilon
            low, high = torch.where(inside, factor, low), torch.where(inside, high, factor)
            done = inside & ((factor == 1) | (deficit >= (1 - SLACK) * self.ball.epsilon))
            if bool(done.all()):
                break
            quick = factor * (target / deficit.clamp_min(1e-300)).sqrt()
            fits = (quick > low) & (quick < high) & (step < QUICK_ROUNDS)
            factor = torch.where(done, factor, torch.where(fits, quick, (low + high) / 2))
        return low

    def _scaled(self, change: ChangeStatistics, factor: Tensor) -> Tensor:
        s = _each(factor)
        statistics = (s * change.mean, s * s * change.variance, s * change.covariance)
        return mean_ssim_deficit(self.ball.statistics, ChangeStatistics(*statistics))


def _each(numbers: Tensor) -> Tensor:
    """(B,) as (B, 1, 1, 1)."""
    return numbers.reshape(-1, 1, 1, 1)
