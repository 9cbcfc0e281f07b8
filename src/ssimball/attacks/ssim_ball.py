"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import AttackResult, Batch, losses
from ssimball.certificate import Certificate
from ssimball.config.ball_attacks import SsimBallConfig
from ssimball.errors import AttackError
from ssimball.quadratic import inner
from ssimball.solvers.first_order import maximise
from ssimball.solvers.refreeze import maximise_refrozen

#: A step counts as sufficient when the loss grows by this share of what the gradient promises.
SUFFICIENT = 0.1
HALVINGS = 6


def attack(model: nn.Module, batch: Batch, settings: SsimBallConfig) -> AttackResult:
    """Follow the loss inside the ball. See :class:`Attack`."""
    problem = _Problem(model, batch, settings)
    start = problem.at(torch.zeros_like(batch.images))
    return _follow(problem, start, start.gradient())


@dataclass(frozen=True)
class _Point:
    """Perturbations (B, C, H, W) with the loss of each, (B,), and its graph."""

    perturbation: Tensor
    image: Tensor
    values: Tensor

    def select(self, images: list[int]) -> "_Point":
        """Some of them, for good: without the graph."""
        return _Point(self.perturbation[images], self.image[images], self.values.detach()[images])

    def gradient(self) -> Tensor:
        (gradient,) = torch.autograd.grad(self.values.sum(), self.image)
        if not bool(gradient.isfinite().all()):
            raise AttackError("the gradient of the loss is not finite")
        return gradient


@dataclass(frozen=True)
class _Problem:
    """A batch and its loss."""

    model: nn.Module
    batch: Batch
    settings: SsimBallConfig

    def at(self, d: Tensor) -> _Point:
        x = (self.batch.images + d).detach().requires_grad_(True)
        kind, goal = self.settings.loss, self.batch.targets
        return _Point(d, x, losses(self.model(x), self.batch.labels, kind, goal))

    def oracle(self, gradient: Tensor, start: Certificate | None) -> Certificate:
        """The certified maximiser of the gradient over the ball."""
        return maximiser(self.batch.images, self.settings, gradient, start)


def maximiser(
    images: Tensor, settings: SsimBallConfig, direction: Tensor, start: Certificate | None = None
) -> Certificate:
    """The certified maximiser of <direction, d> over the ball around images.

    Args:
        images, direction: (B, C, H, W), images in [0, 1].
        start: certificate of a problem nearby, to begin from.
    """
    solve = maximise_refrozen if settings.refreeze else maximise
    return solve(
        ball_of(images, settings),
        direction,
        gap=settings.gap,
        max_iterations=settings.max_iterations,
        start=start,
    )


def _follow(
    problem: _Problem, begin: _Point, gradient: Tensor, start: Certificate | None = None
) -> AttackResult:
    """The attack from the clean images, ``begin``, and the gradient there on.

    One step goes to the maximiser of the loss linearised at the clean image. More steps are
    Frank-Wolfe (Jaggi 2013): each linearises at the iterate and moves it towards the maximiser,
    as far as :func:`_longest_step` says, and no further than the step before. The ball is convex,
    so every iterate is inside it.

    Args:
        start: first certificate at another radius.
    """
    point, g, steps = begin, gradient, problem.settings.steps
    longest, certificates, gaps = torch.ones_like(inner(g, g)), [], []
    for step in range(1, steps + 1):
        start = problem.oracle(g, start)
        certificates.append(start)
        direction = start.perturbation - point.perturbation
        gaps.append(inner(g, direction))
        if steps == 1:
            point = replace(point, perturbation=point.perturbation + direction)
            break
        point, longest = _longest_step(problem, point, direction, longest, gaps[-1])
        if step < steps:
            g = point.gradient()
    first, last = certificates[0], certificates[-1]
    iterations = torch.stack([one.iterations for one in certificates]).sum(0)

    def again(number: int, settings: SsimBallConfig) -> AttackResult:
        one, kept = _Problem(problem.model, problem.batch.one(number), settings), [number]
        return _follow(one, begin.select(kept), gradient[kept], first.select(torch.tensor(kept)))

    return AttackResult(
        problem.batch.images + point.perturbation,
        replace(last, iterations=iterations),
        [{"step_gaps": image.tolist()} for image in torch.stack(gaps, dim=1)],
        again=again,
    )


def _longest_step(
    problem: _Problem, point: _Point, direction: Tensor, longest: Tensor, slope: Tensor
) -> tuple[_Point, Tensor]:
    """The next point, and the steps there: the longest that raise the loss enough, halved from
    ``longest`` on.

    That is Armijo's rule, with no step at all where none of them does. The loss is not concave, so
    a fixed schedule such as 2 / (k + 2) may well lower it; this cannot. The pass through the
    network that shows a step to be good serves the next gradient too.

    Args:
        longest, slope: first step to try, and <gradient, direction>, (B,).
    """
    d, values = point.perturbation, point.values.detach()
    step, pending = longest, torch.ones_like(longest, dtype=torch.bool)
    for _ in range(HALVINGS):
        found = problem.at(d + step.reshape(-1, 1, 1, 1) * direction)
        pending &= found.values.detach() - values < SUFFICIENT * step * slope
        if not bool(pending.any()):
            return found, step
        step = torch.where(pending, step / 2, step)
    step = torch.where(pending, 0.0, step)
    return problem.at(d + step.reshape(-1, 1, 1, 1) * direction), step
