"""The study's attack: linear maximisation over the SSIM ball, in one step or by Frank-Wolfe."""

from dataclasses import dataclass, replace

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import AttackResult, Batch, FirstStep, image_gradient, losses
from ssimball.ball.certificate import Certificate
from ssimball.ball.quadratic import inner
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.relinearise import RelinearisingSolver
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.storage.contracts.attacks import STEP_GAP

#: A step is accepted if the loss rises by this share of what its gradient predicts. On photographs,
#: 0.1 costs more passes and reaches less: the steps that it rejects are better than their
#: replacements.
SUFFICIENT_RISE = 0.01
#: Step lengths tried before the iterate stays where it is.
LENGTH_TRIALS = 6
#: Factor of the first length tried over the length that the last curvature suggests.
OPTIMISM = 1.1
#: Shortest first length, as a share of the way to the maximiser.
SHORTEST = 0.01

Solver = BallSolver | RelinearisingSolver


def attack(model: nn.Module, batch: Batch, settings: SsimBallConfig) -> AttackResult:
    """Increase the loss inside the SSIM ball; see :class:`Attack`."""
    problem = _Problem(model, batch, settings, solver_of(batch.images, settings))
    clean = problem.at(torch.zeros_like(batch.images))
    return _follow(problem, clean, clean.gradient())


@dataclass(frozen=True)
class _Point:
    """Perturbations (B, C, H, W), the images (the leaves of the graph), and the losses (B,)."""

    perturbation: Tensor
    image: Tensor
    values: Tensor

    def select(self, images: list[int]) -> "_Point":
        """Return some of the perturbations; their losses lose the graph."""
        return _Point(self.perturbation[images], self.image[images], self.values.detach()[images])

    def gradient(self) -> Tensor:
        return image_gradient(self.values, self.image)


@dataclass(frozen=True)
class _Problem:
    """A batch of images with the loss to increase and the ball to stay in.

    Attributes:
        model: the network.
        batch: the images.
        settings: the loss, the ball, and how precisely to solve the subproblems.
        solver: of the ball around the clean images, the same in all steps.
    """

    model: nn.Module
    batch: Batch
    settings: SsimBallConfig
    solver: Solver

    def at(self, d: Tensor, is_last: bool = False) -> _Point:
        """Evaluate the loss in float32; with ``is_last``, without the graph for a gradient."""
        x = (self.batch.images + d).float().requires_grad_(not is_last)
        loss, targets = self.settings.loss, self.batch.targets
        return _Point(d, x, losses(self.model(x), self.batch.labels, loss, targets))

    def oracle(self, gradient: Tensor, neighbour: Certificate | None, is_last: bool) -> Certificate:
        """Maximise <gradient, d> over the ball, to the precision that the step needs."""
        gap = self.settings.gap if is_last else max(self.settings.gap, STEP_GAP)
        limit = self.settings.max_iterations
        return self.solver.maximise(gradient, gap=gap, max_iterations=limit, start=neighbour)


def solver_of(images: Tensor, settings: SsimBallConfig, neighbour: Solver | None = None) -> Solver:
    """Return the solver that the settings ask for.

    Args:
        images: clean images, (B, C, H, W).
        settings: the ball, whether to relinearise, and the number of steps.
        neighbour: the solver of the same image at another radius, if there is one; it shares what
            it has prepared.
    """
    ball = ball_of(images, settings)
    if settings.relinearise:
        return RelinearisingSolver(ball)
    if isinstance(neighbour, BallSolver):
        return neighbour.at_radius(ball)
    # A single image may be attacked again at another radius.
    return BallSolver(ball, reuse_preparation=settings.steps > 1 or len(images) == 1)


def scaled(certificate: Certificate, ratio: float) -> Certificate:
    """Return where to start for another radius: without the box, that is the solution there.

    Args:
        certificate: of the same problem.
        ratio: the radius over the one of the certificate.
    """
    proof, factor = certificate.proof, ratio**0.5
    if proof.windows is not None:  # the multipliers of windows follow another rule
        return certificate
    return replace(
        certificate,
        perturbation=certificate.perturbation * factor,
        proof=replace(proof, multiplier=proof.multiplier / factor),
    )


def _follow(
    problem: _Problem, clean: _Point, gradient: Tensor, neighbour: Certificate | None = None
) -> AttackResult:
    """Attack from the clean images, given the gradient there.

    Args:
        problem: the loss and the ball.
        clean: the zero perturbation.
        gradient: the gradient of the loss at the clean images.
        neighbour: first certificate of a run with another radius.
    """
    point, certificates, gaps = _frank_wolfe(problem, clean, gradient, neighbour)
    first = certificates[0]
    iterations = torch.stack([each.iterations for each in certificates]).sum(0)

    def rerun(index: int, settings: SsimBallConfig) -> AttackResult:
        batch, chosen = problem.batch.image(index), [index]
        neighbour = problem.solver if len(gradient) == 1 else None
        solver = solver_of(batch.images, settings, neighbour)
        ratio = settings.epsilon / problem.settings.epsilon
        certificate = scaled(first.select(torch.tensor(chosen)), ratio)
        single = _Problem(problem.model, batch, settings, solver)
        return _follow(single, clean.select(chosen), gradient[chosen], certificate)

    return AttackResult(
        problem.batch.images + point.perturbation,
        replace(_of_last_step(certificates), iterations=iterations),
        rerun=rerun,
        step_gaps=torch.stack(gaps, dim=1),
        first=FirstStep.of(first, gradient, point.perturbation, clean.values),
    )


def _of_last_step(certificates: list[Certificate]) -> Certificate:
    """Return the last step's certificate, which says which step it is of."""
    last, steps = certificates[-1], len(certificates)
    assert last.scope is not None
    return last.covering(replace(last.scope, step=steps, steps=steps))


def _frank_wolfe(
    problem: _Problem, clean: _Point, gradient: Tensor, neighbour: Certificate | None
) -> tuple[_Point, list[Certificate], list[Tensor]]:
    """Return the last iterate, and the certificate and Frank-Wolfe gap (B,) of each step.

    A single step goes to the maximiser of the loss linearised at the clean image. Several steps
    are Frank-Wolfe (Jaggi 2013): each linearises the loss at the iterate and moves the iterate
    towards the maximiser, as far as :func:`_line_search` decides. The ball is convex, so every
    iterate is inside it.
    """
    point, steps = clean, problem.settings.steps
    curvature = gradient.new_zeros(len(gradient))
    certificates: list[Certificate] = []
    gaps: list[Tensor] = []
    for step in range(steps):
        is_last = step == steps - 1
        # Later steps do not start from the last solution. Gradients of two steps have little in
        # common (cosines of 0 to 0.3 with MobileNetV2), and the solver's own start saves a fifth of
        # its iterations.
        certificate = problem.oracle(gradient, neighbour if step == 0 else None, is_last)
        direction = certificate.perturbation - point.perturbation
        certificates.append(certificate)
        gaps.append(inner(gradient, direction))
        if steps == 1:
            point = replace(point, perturbation=point.perturbation + direction)
            break
        point, curvature = _line_search(problem, point, direction, curvature, gaps[-1], is_last)
        if not is_last:
            gradient = point.gradient()
    return point, certificates, gaps


def _line_search(
    problem: _Problem,
    point: _Point,
    direction: Tensor,
    curvature: Tensor,
    slope: Tensor,
    is_last: bool = False,
) -> tuple[_Point, Tensor]:
    """Return the next point, and the curvature of the loss on the way there.

    The loss is modelled as a parabola along the direction, as by Pedregosa et al. (2020). The first
    length tried is the best one for the curvature of the step before. Shorter lengths follow, by
    the curvature that the trials show, until the loss rises sufficiently (Armijo's rule); if it
    never does, the point stays. The loss is not concave, so a fixed schedule such as 2 / (k + 2)
    can decrease it; this search cannot. The forward pass that accepts a step also serves the next
    gradient.

    Args:
        problem: the loss.
        point: the current point.
        direction: from the point to the maximiser, (B, C, H, W).
        curvature: minus the second derivative along the last direction, (B,); 0 if unknown.
        slope: <gradient, direction>, (B,).
        is_last: whether no gradient will be needed at the next point.
    """
    d, values = point.perturbation, point.values.detach()
    # The slope can be negative: an inexact maximiser can be worse than the iterate.
    length = torch.where(slope > 0, _best_length(OPTIMISM * slope, curvature, SHORTEST, 1.0), 0.0)
    for _ in range(LENGTH_TRIALS):
        trial = problem.at(d + length.reshape(-1, 1, 1, 1) * direction, is_last)
        rise = trial.values.detach() - values
        measured = 2 * (slope * length - rise) / length.square().clamp_min(1e-12)
        curvature = torch.where(length > 0, measured, curvature)
        pending = rise < SUFFICIENT_RISE * length * slope
        if not bool(pending.any()):
            return trial, curvature
        shorter = _best_length(slope, curvature, 0.1 * length, 0.6 * length)
        length = torch.where(pending, shorter, length)
    length = torch.where(pending, 0.0, length)
    return problem.at(d + length.reshape(-1, 1, 1, 1) * direction, is_last), curvature


def _best_length(
    slope: Tensor, curvature: Tensor, shortest: Tensor | float, longest: Tensor | float
) -> Tensor:
    """Return the length at which the parabola is highest; the longest one if it only rises."""
    is_concave = curvature > 0
    peak = torch.where(is_concave, slope / torch.where(is_concave, curvature, 1.0), torch.inf)
    return peak.clamp(*(torch.as_tensor(bound).to(peak) for bound in (shortest, longest)))
