"""Model Q in torch on any device, first in float32 and then in float64 where that is needed.

For a multiplier nu of the quadratic the remaining problem, min d'Ad / 2 - <g, d> / nu over the box,
is solved by conjugate steps inside the box, see
:mod:`ssimball.ball.solvers.projected_cg.torch_engine`. Without the box, d is proportional to
1 / nu. So nu is multiplied by sqrt(d'Ad / radius) as the iteration goes on, which is exact there
and has its fixed point at the solution everywhere. The factor is raised to a power in [0, 1]: the
share of the duality gap that nu is responsible for.
"""

from collections.abc import Sequence

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, Proof, bounded_point
from ssimball.ball.quadratic import QuadraticBall
from ssimball.ball.solvers.goal import Goal
from ssimball.ball.solvers.projected_cg import compiled_engine, torch_engine


def maximise_in_torch(
    ball: Ball,
    gradient: Tensor,
    goal: Goal,
    start: Certificate | None,
    precisions: Sequence[torch.dtype],
) -> Certificate:
    """Solve model Q in the first precision, and what that leaves open in the next.

    Args:
        ball: quadratic.
        gradient: as it is stored, float16 (B, C, H, W).
        goal: when to stop.
        start: certificate of a similar problem on the same images; None for none.
        precisions: at least one.
    """
    # Where the best corner of the box lies in the ball it is the solution, with nu = 0.
    corner = best_corner(ball, gradient)
    pending = ~ball.contains(corner)
    d, nu = corner.double(), ball.images.new_zeros(len(gradient))
    iterations = torch.zeros(len(gradient), dtype=torch.int64)
    for dtype in precisions:
        images = pending.nonzero()[:, 0]
        if len(images) > 0:
            quadratic = ball.quadratic.to(dtype).select(images)
            selected = None if start is None else start.select(images)
            solution = _iterate(quadratic, gradient[images], selected, goal)
            d[images], nu[images], iterations[images.cpu()] = solution
        point = bounded_point(ball, gradient, d, Proof(nu))
        in_time = iterations.to(d.device) < goal.max_iterations
        pending &= (point.gap > goal.gap) & in_time
        if not bool(pending.any()):
            break
    return goal.certificate(point, iterations)


def _iterate(
    ball: QuadraticBall, g: Tensor, start: Certificate | None, goal: Goal
) -> tuple[Tensor, Tensor, Tensor]:
    """Run the fastest engine for the device.

    Returns:
        Perturbation and multiplier in float64, and iterations on the CPU.
    """
    engine = compiled_engine if g.device.type == "cpu" else torch_engine
    dtype = ball.diagonal.dtype
    point = start and (start.perturbation.to(dtype), start.proof.multiplier.to(dtype))
    d, nu, iterations = engine.iterate(ball, g.to(dtype), goal.safe_gap, goal.max_iterations, point)
    return d.double(), nu.double(), iterations.cpu()


def best_corner(ball: Ball, g: Tensor) -> Tensor:
    """Return the maximiser of <g, d> over the box alone, 0 where ``g`` is 0; (B, C, H, W)."""
    corner = torch.where(g > 0, ball.upper, ball.lower)
    return torch.where(g == 0, 0.0, corner)
