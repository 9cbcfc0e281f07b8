"""StrAttack (Xu et al.: Structured Adversarial Attack, ICLR 2019): few regions change, by ADMM.

    minimise  c f(x + d) + gamma ||d||² + tau sum_g ||d_g||,   0 <= x + d <= 1,   |d| <= epsilon
    f(x) = max(max_j≠t Z(x)_j - Z(x)_t, -confidence),   Z logits, t the target;

untargeted, f(x) = max(Z(x)_label - max_j≠label Z(x)_j, -confidence). The groups g are square
windows. :mod:`ssimball.attacks.group_sparse` has the steps. The weight c is multiplied by 5 as long
as nothing fools the network, then bisected; the steps start from d = 0 for each c. Refining undoes
the smallest changes and solves again for the remaining pixels, without tau and with gamma / 200.

The equations are the paper's. The default settings are those of the authors' published program for
ImageNet, such as window 13 and stride 13, with its code's defaults for the numbers of steps (1000
steps, 8 weights, 400 steps to refine). Its longer runs add 1000 steps from one weight to the next.

Deviations:

- Overlapping windows: the paper copies the whole d for each window. Here only the pixels inside are
  copied, which has the same solution and takes (window / stride)² images of memory. Windows at the
  edge extend beyond it, so that every pixel is in a group; the program leaves a margin without.
- The result is the fooling perturbation of smallest gamma ||d||² + tau sum_g ||d_g||, which is the
  quantity that is minimised; the program takes the one of smallest l2 norm.
- The result meets the bounds exactly; the program clips a copy that it does not return.
- Refining: the smallest changes are determined for each image, c is searched from the smallest
  value that fooled, and the z-step gives each copy the same weight; the program counts the copy of
  ||d||² twice.

Cost per image: steps x search_steps + refine_steps x search_steps gradients, and twice as many
forward passes. With the defaults these are 11,200 gradients, about half an hour on one CPU core.
"""

from dataclasses import dataclass, replace
from itertools import islice

import torch
from torch import Tensor, nn

from ssimball.attacks.group_sparse import Groups, Problem, steps
from ssimball.attacks.interface import AttackResult, Batch, image_gradient, losses
from ssimball.config.attacks.sparse import StrAttackConfig
from ssimball.models.logits import finite_logits

#: Factor from one weight of the loss to the next, as long as nothing fools.
GROWTH = 5.0
#: Weight of the squared norm when refining, as a share of gamma.
REFINED_GAMMA = 1 / 200
NOT_FOUND = "no weight of the loss fools the network"


def attack(model: nn.Module, batch: Batch, settings: StrAttackConfig) -> AttackResult:
    """Seek the group-sparse perturbation of smallest penalty that fools; see :class:`Attack`."""
    task = _Attack(model, batch, settings, _problem(batch.images, settings))
    first = torch.full_like(batch.images[:, 0, 0, 0], settings.initial_weight)
    best = _search(task, task.problem, _Best.nothing(batch.images), first, settings.steps)
    if settings.refine_steps:
        best = _refine(task, best)
    missed = best.penalty.isinf().tolist()
    return AttackResult(
        (batch.images + best.d).clamp(0, 1),
        failures=[NOT_FOUND if each else None for each in missed],
    )


def _problem(images: Tensor, settings: StrAttackConfig) -> Problem:
    height, width = images.shape[2:]
    return Problem(
        Groups(settings.window, settings.stride, height, width),
        gamma=settings.gamma,
        tau=settings.tau,
        lower=(-images).clamp(min=-settings.epsilon),
        upper=(1 - images).clamp(max=settings.epsilon),
    )


@dataclass(frozen=True)
class _Attack:
    """A batch with its loss, its criterion of success, and the penalty to minimise."""

    model: nn.Module
    batch: Batch
    settings: StrAttackConfig
    problem: Problem

    def gradient(self, d: Tensor, weight: Tensor) -> Tensor:
        """Return the gradient of the weighted loss c f at d (B, C, H, W), for weights c (B,)."""
        x = (self.batch.images + d).detach().requires_grad_(True)
        ahead = losses(self.model(x), self.batch.labels, "margin", self.batch.targets)
        hinge = (self.settings.confidence - ahead).clamp(min=0)
        return image_gradient(weight * hinge, x)

    def fools(self, d: Tensor) -> Tensor:
        """Return whether d (B, C, H, W) fools by the margin that is asked for, bool (B,)."""
        logits = finite_logits(self.model, self.batch.images + d)
        ahead = losses(logits, self.batch.labels, "margin", self.batch.targets)
        return (ahead > 0) & (ahead >= self.settings.confidence)


@dataclass(frozen=True)
class _Best:
    """The best perturbation so far, for each image.

    Attributes:
        d: the perturbation, (B, C, H, W).
        penalty: its penalty, (B,); infinite as long as nothing fools.
        weight: the smallest weight c that fooled, (B,); infinite as long as nothing fools.
    """

    d: Tensor
    penalty: Tensor
    weight: Tensor

    @staticmethod
    def nothing(images: Tensor) -> "_Best":
        none = torch.full_like(images[:, 0, 0, 0], torch.inf)
        return _Best(torch.zeros_like(images), none, none)

    def or_better(self, d: Tensor, penalty: Tensor, fools: Tensor) -> "_Best":
        better = fools & (penalty < self.penalty)
        return replace(
            self,
            d=torch.where(better[:, None, None, None], d, self.d),
            penalty=torch.where(better, penalty, self.penalty),
        )


def _search(task: _Attack, problem: Problem, best: _Best, weight: Tensor, number: int) -> _Best:
    """Return the best perturbation over the weights of the loss, with that many steps for each."""
    start = best.d.clamp(problem.lower, problem.upper)
    too_small, enough = torch.zeros_like(weight), torch.full_like(weight, torch.inf)
    for _ in range(task.settings.search_steps):
        best, fooled = _run(task, problem, start, best, weight, number)
        enough = torch.where(fooled, weight, enough)
        too_small = torch.where(fooled, too_small, weight)
        between = (too_small + enough) / 2
        weight = torch.where(enough.isinf(), GROWTH * weight, between)
    return replace(best, weight=torch.minimum(best.weight, enough))


def _run(
    task: _Attack, problem: Problem, start: Tensor, best: _Best, weight: Tensor, number: int
) -> tuple[_Best, Tensor]:
    """Take steps with one weight of the loss; return the best so far, and which images fooled."""
    fooled = torch.zeros_like(weight, dtype=torch.bool)
    free = problem.lower < problem.upper

    def gradient(z: Tensor) -> Tensor:
        return task.gradient(z, weight).where(free, 0.0)

    iterates = steps(problem, gradient, start, task.settings.rho, task.settings.alpha)
    for d in islice(iterates, number):
        fools = task.fools(d)
        best = best.or_better(d, task.problem.penalty(d), fools)
        fooled |= fools
    return best, fooled


def _refine(task: _Attack, best: _Best) -> _Best:
    """Solve again for the larger changes only; the result replaces the best if it is better."""
    size = best.d.abs()
    is_large = size > _percentile(size, task.settings.refine_percentile)
    problem = replace(
        task.problem,
        gamma=REFINED_GAMMA * task.problem.gamma,
        tau=0.0,
        lower=task.problem.lower.where(is_large, 0.0),
        upper=task.problem.upper.where(is_large, 0.0),
    )
    # An image that nothing fooled has no changes to refine, so any weight will do.
    weight = best.weight.where(best.weight.isfinite(), task.settings.initial_weight)
    return _search(task, problem, best, weight, task.settings.refine_steps)


def _percentile(size: Tensor, percentile: float) -> Tensor:
    """Return a percentile of each image's changes, ignoring those of 0, (B, 1, 1, 1)."""
    changes = (values[values > 0] for values in size)
    bounds = [
        values.quantile(percentile / 100) if values.numel() else size.new_zeros(())
        for values in changes
    ]
    return torch.stack(bounds)[:, None, None, None]
