"""Model Q frozen again and again at its own solution, until it meets the true constraint."""

from dataclasses import replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, bounds, join
from ssimball.ball.feasible import round_into_box
from ssimball.ball.solvers.first_order import maximise

#: The true mean distance is met to this share of epsilon.
EQUALITY = 1e-3
ROUNDS = 20
#: Most scalings towards the true distance; several where much of d is at the box.
SCALINGS = 50
#: Share of the gap that a round may leave; the rest is for the change of the denominators.
SHARE = 0.5


def maximise_refrozen(
    ball: Ball,
    gradient: Tensor,
    *,
    gap: float = 1e-3,
    max_iterations: int = 2000,
    start: Certificate | None = None,
) -> Certificate:
    """Solve model Q, freeze the denominators of r at the solution, solve again, and so on.

    A fixed point d has a true mean distance of epsilon, unless the box or a local constraint keeps
    it below, and is the best point of the quadratic ball frozen at d. So its bound is that of
    ``ball.frozen_at(d)``, which anyone can build from what is stored. It says nothing of points
    where other denominators hold: the true ball is not convex.

    Args: those of :func:`maximise`, ``ball`` with model Q, ``max_iterations`` for each round.

    Returns:
        As of :func:`maximise`. ``stopped`` is ``gap`` where the gap is closed and the true distance
        within ``EQUALITY`` of epsilon or kept below; ``rounds`` where that was not reached.
    """
    answers = []
    for i in range(len(ball.images)):
        one = torch.tensor([i], device=ball.images.device)
        begin = None if start is None else start.select(one)
        answers.append(_image(ball.select(one), gradient[one], gap, max_iterations, begin))
    return join(answers)


def _image(
    ball: Ball, gradient: Tensor, gap: float, max_iterations: int, start: Certificate | None
) -> Certificate:
    at = ball if start is None else ball.frozen_at(start.perturbation)
    iterations = torch.zeros(1, dtype=torch.int64)
    for _ in range(ROUNDS):
        found = maximise(at, gradient, gap=SHARE * gap, max_iterations=max_iterations, start=start)
        iterations = iterations + found.iterations
        if found.stopped[0] == "zero gradient":
            return found
        start, unused = _met(ball, found)
        if float(start.gap) <= gap and (unused <= EQUALITY or _is_kept_below(ball, start)):
            return replace(start, iterations=iterations, stopped=["gap"])
        at = ball.frozen_at(start.perturbation)
    assert start is not None
    return replace(start, iterations=iterations, stopped=["rounds"])


def _is_kept_below(ball: Ball, found: Certificate) -> bool:
    return ball.local is not None or float(found.proof.multiplier) == 0


def _met(ball: Ball, found: Certificate) -> tuple[Certificate, float]:
    """The certificate of the ball frozen at its perturbation, moved so that the true distance is
    met from below; and the share of epsilon that is left."""
    d, scale = found.perturbation.double(), 1.0
    for _ in range(SCALINGS):
        factor = (ball.radius / _distance(ball, d)) ** 0.5
        # Not outwards against a local constraint; the box is obeyed in any case.
        factor = min(factor, 1.0) if ball.local is not None else factor
        d, scale = ball.project_box(factor * d), scale * factor
        if abs(factor - 1) < 1e-9:
            break
    shrink = 1e-9
    while True:
        d32 = round_into_box(ball, (1 - shrink) * d)
        used = _distance(ball, d32.double()) / ball.radius
        if used <= 1:
            break
        shrink *= 2
    proof = replace(found.proof, multiplier=found.proof.multiplier / scale)
    primal, dual, gap = bounds(ball.frozen_at(d32), found.gradient, d32, proof)
    moved = replace(found, perturbation=d32, proof=proof, primal=primal, dual=dual, gap=gap)
    return moved, 1 - used


def _distance(ball: Ball, d: Tensor) -> float:
    """Sum of r, of one image; positive."""
    at = ball.frozen_at(d)
    return max(float(at.distance(ball.change(d))), 1e-300)
