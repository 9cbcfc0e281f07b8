"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property, partial

import torch
from torch import Tensor, nn

from ssimball.attacks import minimal_radius
from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import (
    AttackResult,
    Generators,
    concatenated,
    loss_gradient,
    losses,
)
from ssimball.attacks.minimal_radius import Trial, stored_succeeds
from ssimball.certificate import Certificate
from ssimball.config.attacks import SsimBallConfig, ssim_promised
from ssimball.quadratic import inner
from ssimball.solvers.first_order import maximise
from ssimball.solvers.refreeze import maximise_refrozen

#: A step counts as sufficient when the loss grows by this share of what the gradient promises.
SUFFICIENT = 0.1
HALVINGS = 6


def attack(
    model: nn.Module,
    images: Tensor,
    labels: Tensor,
    *,
    rng: Generators,
    settings: SsimBallConfig,
    targets: Tensor | None = None,
) -> AttackResult:
    """Follow the loss inside the ball. See :class:`Attack`.

    With ``settings.search`` minimal, each image in the smallest ball in which its stored image
    succeeds, see :mod:`ssimball.attacks.minimal_radius`; its floor follows the radius.
    """
    problem = _Problem(model, images, labels, targets, settings)
    if settings.search == "fixed":
        return _result(_follow(problem, settings.epsilon))
    return concatenated([_smallest(problem.of_image(i)) for i in range(len(images))])


@dataclass(frozen=True)
class _Problem:
    """A batch and its loss: all of an attack but the radius. Takes perturbations (B, C, H, W)."""

    model: nn.Module
    images: Tensor
    labels: Tensor
    targets: Tensor | None
    settings: SsimBallConfig

    def loss(self, d: Tensor) -> Tensor:
        logits = self.model(self.images + d)
        return losses(logits, self.labels, self.settings.loss, self.targets)

    def gradient(self, d: Tensor) -> Tensor:
        x, kind = self.images + d, self.settings.loss
        return loss_gradient(self.model, x, self.labels, kind, self.targets)

    @cached_property
    def clean_gradient(self) -> Tensor:
        """Where every radius starts."""
        return self.gradient(torch.zeros_like(self.images))

    def of_image(self, number: int) -> "_Problem":
        one = slice(number, number + 1)
        targets = None if self.targets is None else self.targets[one]
        return _Problem(self.model, self.images[one], self.labels[one], targets, self.settings)


@dataclass(frozen=True)
class _Found:
    """The end of a Frank-Wolfe iteration, and what is kept of its way there.

    Attributes:
        first, last: certificates of the first and the last linear problem.
        iterations: of the solver in all of them, (B,).
        gaps: Frank-Wolfe gap of each step, (B, steps).
    """

    adversarial: Tensor
    first: Certificate
    last: Certificate
    iterations: Tensor
    gaps: Tensor


def _follow(problem: _Problem, epsilon: float, start: Certificate | None = None) -> _Found:
    """The attack at one radius; ``start`` is the first certificate at another one.

    One step goes to the maximiser of the loss linearised at the clean image. More steps are
    Frank-Wolfe (Jaggi 2013): each linearises at the iterate and moves it towards the maximiser,
    as far as :func:`_longest_step` says. The ball is convex, so every iterate is inside it.
    """
    settings, d = problem.settings, torch.zeros_like(problem.images)
    first = last = _oracle(problem.images, problem.clean_gradient, settings, epsilon, start)
    d, gap = _step(problem, d, problem.clean_gradient, first)
    iterations, gaps = first.iterations, [gap]
    for _ in range(1, settings.steps):
        gradient = problem.gradient(d)
        last = _oracle(problem.images, gradient, settings, epsilon, last)
        d, gap = _step(problem, d, gradient, last)
        iterations = iterations + last.iterations
        gaps.append(gap)
    return _Found(problem.images + d, first, last, iterations, torch.stack(gaps, dim=1))


def _step(
    problem: _Problem, d: Tensor, gradient: Tensor, certificate: Certificate
) -> tuple[Tensor, Tensor]:
    """The iterate moved towards the maximiser, and the gap it had before, (B,)."""
    direction = certificate.perturbation - d
    gap = inner(gradient, direction)
    if problem.settings.steps == 1:
        return d + direction, gap
    length = _longest_step(problem.loss, d, direction, gap)
    return d + length.reshape(-1, 1, 1, 1) * direction, gap


def _result(found: _Found) -> AttackResult:
    return AttackResult(
        found.adversarial,
        replace(found.last, iterations=found.iterations),
        [{"step_gaps": image.tolist()} for image in found.gaps],
    )


def _oracle(
    images: Tensor,
    gradient: Tensor,
    settings: SsimBallConfig,
    epsilon: float,
    start: Certificate | None,
) -> Certificate:
    """The certified maximiser of the gradient over the ball of this radius."""
    solve = maximise_refrozen if settings.refreeze else maximise
    return solve(
        ball_of(images, settings, epsilon),
        gradient,
        gap=settings.gap,
        max_iterations=settings.max_iterations,
        start=start,
    )


def _smallest(problem: _Problem) -> AttackResult:
    """The attack on one image at the smallest radius that succeeds, or else at the largest."""

    def attempt(radius: float, larger: Trial[_Found] | None) -> Trial[_Found]:
        found = _follow(problem, radius, None if larger is None else larger.found.first)
        return Trial(
            radius, fools(found.adversarial[0], ssim_promised(settings.model, radius)), found
        )

    settings = problem.settings
    fools = partial(
        stored_succeeds,
        problem.model,
        problem.images[0],
        label=int(problem.labels[0]),
        target=None if problem.targets is None else int(problem.targets[0]),
    )
    trials = minimal_radius.search(attempt, settings.epsilon, settings.search_steps)
    best = minimal_radius.smallest(trials)
    iterations = torch.stack([trial.found.iterations for trial in trials]).sum(0)
    result = _result(replace(best.found, iterations=iterations))
    columns = {**result.columns[0], **minimal_radius.columns(trials)}
    return replace(result, columns=[columns], floors=[ssim_promised(settings.model, best.radius)])


@torch.no_grad()
def _longest_step(
    loss: Callable[[Tensor], Tensor], d: Tensor, direction: Tensor, slope: Tensor
) -> Tensor:
    """The longest of 1, 1/2, 1/4, ... that raises the loss enough (Armijo), (B,); 0 if none does.

    The loss is not concave, so a fixed schedule such as 2 / (k + 2) may well lower it; this cannot.

    Args:
        slope: <gradient, direction>, (B,).
    """
    start = loss(d)
    step = torch.zeros_like(slope)
    for halving in range(HALVINGS):
        size = 0.5**halving
        gain = loss(d + size * direction) - start
        enough = gain >= SUFFICIENT * size * slope
        step = torch.where((step == 0) & enough, size, step)
        if bool((step > 0).all()):
            break
    return step
