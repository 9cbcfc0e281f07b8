"""Linear maximisation over the quadratic SSIM ball by accelerated projected gradient.

max <g, d> over d'Ad <= radius and lower <= d <= upper. For a multiplier nu of the quadratic the
remaining problem, min d'Ad / 2 - <g, d> / nu over the box, is solved by FISTA (Beck, Teboulle
2009) in the metric of a diagonal majorant of A, with restart by gradient (O'Donoghue, Candes
2015). Without the box, d is proportional to 1 / nu; so nu is multiplied by sqrt(d'Ad / radius) as
the iteration goes, which is exact there and has its fixed point at the solution everywhere. The
factor is taken to a power in [0, 1]: the share of the duality gap that nu is to blame for.
"""

from dataclasses import replace

import torch
from torch import Tensor

from ssimball.ball import QuadraticBall, inner
from ssimball.certificate import Certificate, certify, unit_gradient
from ssimball.solvers import batched, compiled

#: Iterations between looks at the gap and corrections of nu.
CHECK_EVERY = 2
#: The loop aims below the gap that was asked for: rounding in float32 costs a little.
SAFETY = 0.9


def maximise(
    images: Tensor,
    gradient: Tensor,
    *,
    epsilon: float,
    tau: float | None,
    gap: float = 1e-3,
    max_iterations: int = 2000,
) -> Certificate:
    """Solve the problem for a batch and certify the answer in float64.

    Args:
        images: clean images in [0, 1], (B, C, H, W).
        gradient: of the loss to be increased, finite, same shape; only its direction matters.
        epsilon, tau: see :meth:`QuadraticBall.around`.
        gap: relative duality gap to stop at.
        max_iterations: the solver stops here at the latest.

    Returns:
        ``stopped`` says ``gap`` where the certified gap is the one asked for; ``iterations`` where
        they ran out first; ``precision`` where float32 saw the gap closed and float64 does not
        (radii near 1e-5, flat images without a cap); ``zero gradient``.

    Raises:
        ValueError: the gradient is not finite.
    """
    g16 = unit_gradient(gradient)
    exact = QuadraticBall.around(images, epsilon, tau)
    d, iterations = _corner(exact, g16), torch.zeros(len(g16), dtype=torch.int64)
    # Where the whole box lies in the ball its best corner is the solution, with nu = 0.
    pending = inner(d, exact.apply(d)) > exact.radius
    nu = d.new_zeros(len(d))
    # float32 is fast; on flat images it can see a gap closed that float64 does not.
    for dtype in (torch.float32, torch.float64):
        chosen = pending.nonzero()[:, 0]
        if len(chosen) > 0:
            ball = exact.to(dtype).select(chosen)
            found = _iterate(ball, g16[chosen], SAFETY * gap, max_iterations)
            d[chosen], nu[chosen], iterations[chosen.cpu()] = found
        certified, _ = certify(exact, g16, d, nu)
        pending &= (certified.gap > gap) & (iterations.to(d.device) < max_iterations)
        if not bool(pending.any()):
            break
    stopped = [
        _reason(bool(g.any()), float(reached) <= gap, int(k) == max_iterations)
        for g, reached, k in zip(g16, certified.gap, iterations, strict=True)
    ]
    return replace(certified, iterations=iterations, stopped=stopped)


def _reason(nonzero: bool, closed: bool, spent: bool) -> str:
    if not nonzero:
        return "zero gradient"
    if closed:
        return "gap"
    return "iterations" if spent else "precision"


def _iterate(
    ball: QuadraticBall, g: Tensor, gap: float, max_iterations: int
) -> tuple[Tensor, Tensor, Tensor]:
    """Perturbation and multiplier in float64 and iterations, by the fastest code for the device."""
    engine = compiled if g.device.type == "cpu" else batched
    g = g.to(ball.diagonal.dtype)
    d, nu, iterations = engine.iterate(ball, g, gap, max_iterations, CHECK_EVERY)
    return d.double(), nu.double(), iterations.cpu()


def _corner(ball: QuadraticBall, g: Tensor) -> Tensor:
    """The maximiser over the box alone."""
    corner = torch.where(g > 0, ball.upper, ball.lower)
    return torch.where(g == 0, 0.0, corner)
