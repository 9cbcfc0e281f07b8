"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

from collections.abc import Callable
from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import AttackResult, Batch, loss_gradient, losses
from ssimball.certificate import Certificate
from ssimball.config.ball_attacks import SsimBallConfig
from ssimball.quadratic import inner
from ssimball.solvers.first_order import maximise
from ssimball.solvers.refreeze import maximise_refrozen

#: A step counts as sufficient when the loss grows by this share of what the gradient promises.
SUFFICIENT = 0.1
HALVINGS = 6


def attack(model: nn.Module, batch: Batch, settings: SsimBallConfig) -> AttackResult:
    """Follow the loss inside the ball. See :class:`Attack`."""
    problem = _Problem(model, batch, settings)
    return _follow(problem, problem.gradient(torch.zeros_like(batch.images)))


@dataclass(frozen=True)
class _Problem:
    """A batch and its loss. Takes perturbations (B, C, H, W)."""

    model: nn.Module
    batch: Batch
    settings: SsimBallConfig

    def loss(self, d: Tensor) -> Tensor:
        logits = self.model(self.batch.images + d)
        return losses(logits, self.batch.labels, self.settings.loss, self.batch.targets)

    def gradient(self, d: Tensor) -> Tensor:
        x, kind = self.batch.images + d, self.settings.loss
        return loss_gradient(self.model, x, self.batch.labels, kind, self.batch.targets)

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
    problem: _Problem, clean_gradient: Tensor, start: Certificate | None = None
) -> AttackResult:
    """The attack from the gradient at the clean images on.

    One step goes to the maximiser of the loss linearised at the clean image. More steps are
    Frank-Wolfe (Jaggi 2013): each linearises at the iterate and moves it towards the maximiser,
    as far as :func:`_longest_step` says. The ball is convex, so every iterate is inside it.

    Args:
        start: first certificate at another radius.
    """
    d = torch.zeros_like(problem.batch.images)
    first = last = problem.oracle(clean_gradient, start)
    d, gap = _step(problem, d, clean_gradient, first)
    iterations, gaps = first.iterations, [gap]
    for _ in range(1, problem.settings.steps):
        gradient = problem.gradient(d)
        last = problem.oracle(gradient, last)
        d, gap = _step(problem, d, gradient, last)
        iterations = iterations + last.iterations
        gaps.append(gap)

    def again(number: int, settings: SsimBallConfig) -> AttackResult:
        one = _Problem(problem.model, problem.batch.one(number), settings)
        kept = torch.tensor([number])
        return _follow(one, clean_gradient[kept], first.select(kept))

    return AttackResult(
        problem.batch.images + d,
        replace(last, iterations=iterations),
        [{"step_gaps": image.tolist()} for image in torch.stack(gaps, dim=1)],
        again=again,
    )


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
