"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

from dataclasses import dataclass, replace
from functools import cached_property

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import AttackResult, Batch, finite_gradient, losses
from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.quadratic import inner
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.relinearise import RelinearisingSolver
from ssimball.config.attacks.ball import SsimBallConfig

#: A step counts as sufficient when the loss grows by this share of what the gradient promises. On
#: photographs 0.1 costs passes and reaches less: what it refuses is better than what follows.
SUFFICIENT = 0.01
#: Lengths to try before the iterate stays where it is.
TRIALS = 6
#: The first length tried is longer by this than what the curvature met last advises.
OPTIMISM = 1.1
SHORTEST = 0.01
#: Gap of all linear problems but the last: later steps correct them. On photographs the loss that
#: is reached in 5 to 20 steps is no smaller than with 1e-3, in half the solver's iterations. With
#: 0.05 and more it takes fewer still, but then one image of the tests hangs on rounding in the
#: network, and so on its batch.
STEP_GAP = 3e-2


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
        return finite_gradient(gradient)


@dataclass(frozen=True)
class _Problem:
    """A batch and its loss."""

    model: nn.Module
    batch: Batch
    settings: SsimBallConfig

    @cached_property
    def solver(self) -> BallSolver | RelinearisingSolver:
        """The solver of the ball, the same in all steps."""
        return solver_of(ball_of(self.batch.images, self.settings), self.settings)

    def at(self, d: Tensor, last: bool = False) -> _Point:
        """What the network says there, in float32; ``last``: no gradient will be asked for."""
        x = (self.batch.images + d).float().requires_grad_(not last)
        kind, goal = self.settings.loss, self.batch.targets
        return _Point(d, x, losses(self.model(x), self.batch.labels, kind, goal))

    def oracle(self, gradient: Tensor, start: Certificate | None, last: bool) -> Certificate:
        """The certified maximiser of the gradient over the ball, exactly enough for its step."""
        gap = self.settings.gap if last else max(self.settings.gap, STEP_GAP)
        limit = self.settings.max_iterations
        return self.solver.maximise(gradient, gap=gap, max_iterations=limit, start=start)


def solver_of(ball: Ball, settings: SsimBallConfig) -> BallSolver | RelinearisingSolver:
    """Return the solver of a ball that the settings ask for.

    Args:
        ball: :func:`ball_of` the settings around images (B, C, H, W).
        settings: of the attack.
    """
    if settings.relinearise:
        return RelinearisingSolver(ball)
    return BallSolver(ball, reuse_preparation=settings.steps > 1)


def _follow(
    problem: _Problem, begin: _Point, gradient: Tensor, start: Certificate | None = None
) -> AttackResult:
    """The attack from the clean images, ``begin``, and the gradient there on.

    One step goes to the maximiser of the loss linearised at the clean image. More steps are
    Frank-Wolfe (Jaggi 2013): each linearises at the iterate and moves it towards the maximiser, as
    far as :func:`_line_search` says. The ball is convex, so every iterate is inside it.

    Args:
        start: first certificate at another radius.
    """
    point, g, steps = begin, gradient, problem.settings.steps
    curvature, certificates, gaps = torch.zeros_like(inner(g, g)), [], []
    for step in range(1, steps + 1):
        last = step == steps
        # Not from the answer before: gradients of two steps have little in common (cosines of 0 to
        # 0.3 with MobileNetV2), and the solver's own start saves a fifth of its iterations.
        found = problem.oracle(g, start if step == 1 else None, last)
        certificates.append(found)
        direction = found.perturbation - point.perturbation
        gaps.append(inner(g, direction))
        if steps == 1:
            point = replace(point, perturbation=point.perturbation + direction)
            break
        point, curvature = _line_search(problem, point, direction, curvature, gaps[-1], last)
        if not last:
            g = point.gradient()
    first = certificates[0]
    iterations = torch.stack([one.iterations for one in certificates]).sum(0)

    def again(number: int, settings: SsimBallConfig) -> AttackResult:
        one, kept = _Problem(problem.model, problem.batch.one(number), settings), [number]
        return _follow(one, begin.select(kept), gradient[kept], first.select(torch.tensor(kept)))

    return AttackResult(
        problem.batch.images + point.perturbation,
        replace(certificates[-1], iterations=iterations),
        [{"step_gaps": image.tolist()} for image in torch.stack(gaps, dim=1)],
        again=again,
    )


def _line_search(
    problem: _Problem,
    point: _Point,
    direction: Tensor,
    curvature: Tensor,
    slope: Tensor,
    last: bool = False,
) -> tuple[_Point, Tensor]:
    """The next point, and the curvature met on the way there.

    Along the direction the loss is taken for a parabola, as by Pedregosa et al. (2020): a length is
    tried that is best for the curvature of the step before, and shorter ones by the curvature that
    the trials meet, until the loss rises enough (Armijo's rule), with no step at all where none of
    them does. The loss is not concave, so a fixed schedule such as 2 / (k + 2) may well lower it;
    this cannot. The pass through the network that shows a step to be good serves the next gradient
    too.

    Args:
        curvature, slope: minus the second derivative along the last direction, 0 if not known, and
            <gradient, direction>, (B,).
        last: no gradient will be asked for at the next point.
    """
    d, values = point.perturbation, point.values.detach()
    # A maximiser that is not exact can be worse than the iterate.
    step = torch.where(slope > 0, _best(OPTIMISM * slope, curvature, SHORTEST, 1.0), 0.0)
    for _ in range(TRIALS):
        found = problem.at(d + step.reshape(-1, 1, 1, 1) * direction, last)
        rise = found.values.detach() - values
        met = 2 * (slope * step - rise) / step.square().clamp_min(1e-12)
        curvature = torch.where(step > 0, met, curvature)
        pending = rise < SUFFICIENT * step * slope
        if not bool(pending.any()):
            return found, curvature
        shorter = _best(slope, curvature, 0.1 * step, 0.6 * step)
        step = torch.where(pending, shorter, step)
    step = torch.where(pending, 0.0, step)
    return problem.at(d + step.reshape(-1, 1, 1, 1) * direction, last), curvature


def _best(
    slope: Tensor, curvature: Tensor, shortest: Tensor | float, longest: Tensor | float
) -> Tensor:
    """Length at which the parabola is highest; the longest where it rises without end."""
    bent = curvature > 0
    best = torch.where(bent, slope / torch.where(bent, curvature, 1.0), torch.inf)
    return best.clamp(*(torch.as_tensor(bound).to(best) for bound in (shortest, longest)))
