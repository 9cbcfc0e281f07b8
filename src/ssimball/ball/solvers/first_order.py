"""Linear maximisation over the SSIM ball with a certificate: the fast, certified solver.

max <g, d> over the ball of :mod:`ssimball.ball.ball`. Model Q alone, which is one quadratic and a
box, is solved by code compiled for the CPU (:mod:`ssimball.ball.solvers.projected_cg.certified`),
or in torch on other devices. For a multiplier nu of the quadratic the remaining problem,
min d'Ad / 2 - <g, d> / nu over the box, is solved by conjugate steps inside the box with a
preconditioner on four grids, see :mod:`ssimball.ball.solvers.projected_cg.torch_engine`.
Without the box, d is proportional to 1 / nu; so nu is multiplied by sqrt(d'Ad / radius) as the
iteration goes, which is exact there and has its fixed point at the solution everywhere. The factor
is taken to a power in [0, 1]: the share of the duality gap that nu is to blame for. All other
balls: :mod:`ssimball.ball.solvers.windowed`.
"""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, Proof, certify, join, unit_gradient
from ssimball.ball.quadratic import QuadraticBall
from ssimball.ball.solvers import windowed
from ssimball.ball.solvers.projected_cg import certified
from ssimball.ball.solvers.projected_cg import compiled_engine as compiled
from ssimball.ball.solvers.projected_cg import torch_engine as batched
from ssimball.runtime.threads import torch_on_one

#: The loop aims below the gap that was asked for: rounding in float32 costs a little.
SAFETY = 0.9


def maximise(
    ball: Ball,
    gradient: Tensor,
    *,
    gap: float = 1e-3,
    max_iterations: int = 2000,
    start: Certificate | None = None,
    kept: dict[int, Any] | None = None,
) -> Certificate:
    """Solve the problem for a batch and certify the answer in float64.

    Args:
        ball: around the clean images, (B, C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        gap: relative duality gap to stop at.
        max_iterations: the solver stops here at the latest.
        start: answer to a nearby problem on the same images, to begin from.
        kept: what problems on one and the same ball share, kept from one for the next: a dictionary
            that is empty at first, for this ball alone.

    Returns:
        ``stopped`` says ``gap`` where the certified gap is the one asked for; ``iterations`` where
        they ran out first; ``precision`` where float32 saw the gap closed and float64 does not
        (radii near 1e-5, flat images without a cap); ``zero gradient``.

    Raises:
        ValueError: the gradient is not finite.
    """
    if gradient.device.type == "cpu" and ball.is_quadratic and ball.frozen is None:
        with torch_on_one(len(gradient)) as threads:
            g16 = unit_gradient(gradient)
            found = _compiled(ball, g16, gap, max_iterations, start, threads, kept)
            return _named(found, gap, max_iterations)
    g16 = unit_gradient(gradient)
    if ball.is_quadratic:
        # float32 is fast; on flat images it can see a gap closed that float64 does not.
        both = (torch.float32, torch.float64)
        found = _in_torch(ball, g16, gap, max_iterations, start, both)
    else:
        corner = _corner(ball, g16)
        begin = certify(ball, g16, corner, _no_proof(ball, corner))
        found = windowed.improve(ball, begin, gap, max_iterations, start)
    return _named(found, gap, max_iterations)


def _named(found: Certificate, gap: float, max_iterations: int) -> Certificate:
    # Ten times as fast as asking float16 numbers whether they are 0.
    nonzero = found.gradient.abs().flatten(1).amax(1) > 0
    closed = found.gap <= gap
    facts = (nonzero, closed, found.iterations == max_iterations)
    stopped = [_reason(*image) for image in zip(*(fact.tolist() for fact in facts), strict=True)]
    return replace(found, stopped=stopped)


def _reason(nonzero: bool, closed: bool, spent: bool) -> str:
    if not nonzero:
        return "zero gradient"
    if closed:
        return "gap"
    return "iterations" if spent else "precision"


def _compiled(
    ball: Ball,
    g16: Tensor,
    gap: float,
    max_iterations: int,
    start: Certificate | None,
    threads: int,
    kept: dict[int, Any] | None,
) -> Certificate:
    """In float32, and in float64 what that leaves open."""
    limits = (gap, SAFETY * gap, max_iterations)
    found = certified.maximise(ball, g16, *limits, start, threads, kept)
    unsolved = ~(found.gap <= gap) & (found.iterations < max_iterations)
    if not bool(unsolved.any()):
        return found
    rest, solved = unsolved.nonzero()[:, 0], (~unsolved).nonzero()[:, 0]
    begin = None if start is None else start.select(rest)
    other = _in_torch(ball.select(rest), g16[rest], gap, max_iterations, begin, (torch.float64,))
    return join([found.select(solved), other]).select(torch.cat([solved, rest]).argsort())


def _in_torch(
    ball: Ball,
    g16: Tensor,
    gap: float,
    max_iterations: int,
    start: Certificate | None,
    precisions: Sequence[torch.dtype],
) -> Certificate:
    """In the first precision, and in the next what that leaves open."""
    # Where the best corner of the box lies in the ball it is the solution, with nu = 0.
    corner = _corner(ball, g16)
    pending = ~ball.contains(corner)
    d, nu = corner.double(), ball.images.new_zeros(len(g16))
    iterations = torch.zeros(len(g16), dtype=torch.int64)
    for dtype in precisions:
        chosen = pending.nonzero()[:, 0]
        if len(chosen) > 0:
            quadratic = ball.quadratic.to(dtype).select(chosen)
            begin = None if start is None else start.select(chosen)
            found = _iterate(quadratic, g16[chosen], begin, SAFETY * gap, max_iterations)
            d[chosen], nu[chosen], iterations[chosen.cpu()] = found
        certificate = certify(ball, g16, d, Proof(nu))
        pending &= (certificate.gap > gap) & (iterations.to(d.device) < max_iterations)
        if not bool(pending.any()):
            break
    return replace(certificate, iterations=iterations, stopped=[""] * len(g16))


def _iterate(
    ball: QuadraticBall,
    g: Tensor,
    start: Certificate | None,
    gap: float,
    max_iterations: int,
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation and multiplier in float64 and iterations, by the fastest code for the device."""
    engine = compiled if g.device.type == "cpu" else batched
    dtype = ball.diagonal.dtype
    begin = start and (start.perturbation.to(dtype), start.proof.multiplier.to(dtype))
    g = g.to(dtype)
    d, nu, iterations = engine.iterate(ball, g, gap, max_iterations, begin)
    return d.double(), nu.double(), iterations.cpu()


def _no_proof(ball: Ball, corner: Tensor) -> Proof:
    """Multipliers of 0: only the box bounds the product then. With all parts that others have."""
    shape = ball.statistics.mean.shape
    nu, windows = ball.images.new_zeros(shape[0]), None
    if ball.local is not None:
        windows = nu.new_zeros(shape[0], 2, *shape[1:]).float()
    # Away from where S is not defined; with multipliers of 0 any point gives the same bound.
    return Proof(nu, windows, torch.zeros_like(corner).float())


def _corner(ball: Ball, g: Tensor) -> Tensor:
    """The maximiser over the box alone."""
    corner = torch.where(g > 0, ball.upper, ball.lower)
    return torch.where(g == 0, 0.0, corner)
