"""StrAttack (Xu et al.: Structured Adversarial Attack, ICLR 2019): few regions change, by ADMM.

    minimise  c f(x + d) + gamma ||d||² + tau sum_g ||d_g||,   0 <= x + d <= 1,   |d| <= epsilon
    f(x) = max(max_j≠t Z(x)_j - Z(x)_t, -confidence),   Z logits, t the target;

untargeted, f(x) = max(Z(x)_label - max_j≠label Z(x)_j, -confidence). The groups g are square
windows. :mod:`ssimball.attacks.group_sparse` has the steps. The weight c grows fivefold while
nothing fools the network, then is found by bisection; each c begins anew at d = 0. Refining undoes
the smallest changes and solves once more without tau, with gamma / 200, at the pixels left.

The equations are the paper's. The default values are those of the authors' published program for
ImageNet, window 13 and stride 13 among them, with its code's defaults for the budget (1000 steps,
8 weights, 400 steps to refine); its longer runs add 1000 steps from one weight to the next.

Deviations:

- Overlapping windows: the paper copies d for each; we copy only the pixels inside, which has the
  same solution and takes (window / stride)² images of memory. Windows at the edge reach beyond it,
  so that every pixel is in a group; the program leaves a margin without.
- Of the perturbations that fool, the one with the least gamma ||d||² + tau sum_g ||d_g|| is kept,
  which is what is minimised; the program keeps that of least l2 norm.
- Kept perturbations are within the bounds exactly; the program clips a copy that it does not keep.
- Refining: the smallest changes are told image by image, its c is searched from the smallest that
  fooled, and the z-step weighs each copy alike, where the program counts that of ||d||² twice.

Cost per image: steps x search_steps + refine_steps x search_steps gradients and twice as many
forward passes; 11,200 gradients by the defaults, about half an hour on one CPU core.
"""

from dataclasses import dataclass, replace
from itertools import islice

import torch
from torch import Tensor, nn

from ssimball.attacks.group_sparse import Groups, Problem, steps
from ssimball.attacks.interface import AttackResult, Batch, finite_gradient, losses
from ssimball.config.attacks.sparse import StrAttackConfig
from ssimball.models.logits import finite_logits

#: From one weight of the loss to the next, while none fools.
GROWTH = 5.0
#: Weight of the squared norm when refining, as share of gamma.
REFINED_GAMMA = 1 / 200
NOT_FOUND = "no weight of the loss fools the network"


def attack(model: nn.Module, batch: Batch, settings: StrAttackConfig) -> AttackResult:
    """The least group-sparse perturbation that fools. See :class:`Attack`."""
    task = _Task(model, batch, settings, _problem(batch.images, settings))
    first = torch.full_like(batch.images[:, 0, 0, 0], settings.initial_weight)
    best = _search(task, task.problem, _Best.nothing(batch.images), first, settings.steps)
    if settings.refine_steps:
        best = _refine(task, best)
    missed = best.penalty.isinf().tolist()
    return AttackResult(
        (batch.images + best.d).clamp(0, 1),
        failures=[NOT_FOUND if one else None for one in missed],
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
class _Task:
    """A batch, what fooling means and what it shall cost. Takes perturbations (B, C, H, W)."""

    model: nn.Module
    batch: Batch
    settings: StrAttackConfig
    problem: Problem

    def gradient(self, d: Tensor, weight: Tensor) -> Tensor:
        """Of the weighted loss c f, weight (B,)."""
        x = (self.batch.images + d).detach().requires_grad_(True)
        ahead = losses(self.model(x), self.batch.labels, "margin", self.batch.targets)
        hinge = (self.settings.confidence - ahead).clamp(min=0)
        (gradient,) = torch.autograd.grad((weight * hinge).sum(), x)
        return finite_gradient(gradient)

    def fools(self, d: Tensor) -> Tensor:
        """Whether by the margin that is asked for, (B,)."""
        logits = finite_logits(self.model, self.batch.images + d)
        ahead = losses(logits, self.batch.labels, "margin", self.batch.targets)
        return (ahead > 0) & (ahead >= self.settings.confidence)


@dataclass(frozen=True)
class _Best:
    """Of each image the best perturbation so far.

    Attributes:
        d: (B, C, H, W).
        penalty: of it, (B,); infinite where nothing fools yet.
        weight: the smallest that fooled, (B,); infinite likewise.
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
        kept = torch.where(better[:, None, None, None], d, self.d)
        return replace(self, d=kept, penalty=torch.where(better, penalty, self.penalty))


def _search(task: _Task, problem: Problem, best: _Best, weight: Tensor, number: int) -> _Best:
    """The best over the weights of the loss, each with that number of steps."""
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
    task: _Task, problem: Problem, start: Tensor, best: _Best, weight: Tensor, number: int
) -> tuple[_Best, Tensor]:
    """The best after steps with one weight of the loss, and which images were fooled by any."""
    fooled = torch.zeros_like(weight, dtype=torch.bool)
    free = problem.lower < problem.upper

    def gradient(z: Tensor) -> Tensor:
        return task.gradient(z, weight).where(free, 0.0)

    found = steps(problem, gradient, start, task.settings.rho, task.settings.alpha)
    for d in islice(found, number):
        fools = task.fools(d)
        best = best.or_better(d, task.problem.penalty(d), fools)
        fooled |= fools
    return best, fooled


def _refine(task: _Task, best: _Best) -> _Best:
    """Solve once more for the larger changes alone; only an improvement is kept."""
    size = best.d.abs()
    kept = size > _smallest(size, task.settings.refine_percentile)
    problem = replace(
        task.problem,
        gamma=REFINED_GAMMA * task.problem.gamma,
        tau=0.0,
        lower=task.problem.lower.where(kept, 0.0),
        upper=task.problem.upper.where(kept, 0.0),
    )
    # An image without an answer has nothing to keep, and any weight will do.
    weight = best.weight.where(best.weight.isfinite(), task.settings.initial_weight)
    return _search(task, problem, best, weight, task.settings.refine_steps)


def _smallest(size: Tensor, percentile: float) -> Tensor:
    """That percentile of each image's changes, those of 0 left out, (B, 1, 1, 1)."""
    changes = (one[one > 0] for one in size)
    bounds = [
        one.quantile(percentile / 100) if one.numel() else size.new_zeros(()) for one in changes
    ]
    return torch.stack(bounds)[:, None, None, None]
