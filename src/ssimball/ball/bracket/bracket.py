"""A certified bracket of max <g, d> over the true SSIM ball.

The true ball, { d : mean SSIM(x, x + d) >= 1 - epsilon, d in the box }, is not convex. A point in
it bounds the optimum from below, and the dual of a convex relaxation bounds it from above.
docs/certificates.md derives both.
"""

from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.climb import Climb
from ssimball.ball.bracket.constraint import deficit
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, inner_point, lower_side, total_deficit
from ssimball.ball.certificate import unit_gradient
from ssimball.ball.solvers.projected_cg.precisions import best_corner

#: Share of the radius up to which the inner point is scaled, so that it is inside on any machine.
INSIDE = 1 - 1e-10
#: Scaling stops this close to that share, relative.
CLOSE = 1e-8
#: Scalings towards the radius; several where much of the point is at the box.
SCALINGS = 30
#: Scalings on one side of the radius after which the next one bisects.
STREAK = 4


@dataclass(frozen=True)
class Bracket:
    """Bounds on max <g, d> over the true ball, and what they are computed from.

    Attributes:
        gradient: the objective g, float16 (B, C, H, W): the gradient over its largest magnitude.
        lower: <g, d> at a point d in the true ball, float64 (B,).
        upper: dual bound on <g, d> over the whole true ball, float64 (B,).
        point: the point in the ball is clip(scale * point), float16 (B, C, H, W); its largest
            magnitude is 1.
        scale: see ``point``, float64 (B,).
        tangent: where the bound's relaxation is linearised, float16 (B, C, H, W).
        multiplier: nu of the bound, float64 (B,).
    """

    gradient: Tensor
    lower: Tensor
    upper: Tensor
    point: Tensor
    scale: Tensor
    tangent: Tensor
    multiplier: Tensor

    @property
    def ratio(self) -> Tensor:
        """Lower over upper, float64 (B,); 1 where the gradient is 0."""
        # Not "where upper > 0": NaN must not pass for a closed bracket.
        return torch.where(self.upper == 0, 1.0, self.lower / self.upper)


def bracket(ball: Ball, gradient: Tensor) -> Bracket:
    """Bracket max <g, d> over the true ball, image by image.

    Examples:
        >>> import torch
        >>> x = torch.linspace(0.2, 0.8, 400, dtype=torch.float64).reshape(1, 1, 20, 20)
        >>> found = bracket(Ball.around(x, epsilon=0.01, tau=4 / 255), torch.sin(60 * x))
        >>> bool(0.95 * found.upper <= found.lower <= found.upper)
        True

    Args:
        ball: gives the images, windows, radius epsilon and box; its mean model does not matter. On
            the CPU.
        gradient: of the loss to be increased, finite, (B, C, H, W); only its direction matters.

    Raises:
        ValueError: the ball has a local constraint, or the gradient is not finite.
    """
    if ball.local is not None:
        raise ValueError("the bracket is for a mean constraint alone, not for a local one")
    # Rounding the gradient first makes the bracket one of the problem that is stored.
    g16 = unit_gradient(gradient)
    ball = replace(ball, mean="Q", expansion_point=None)
    images = [torch.tensor([i]) for i in range(len(g16))]
    parts = [_bracket_one(ball.select(i), g16[i]) for i in images]
    names = [field.name for field in fields(Bracket)]
    return Bracket(*(torch.cat([getattr(part, name) for part in parts]) for name in names))


def _bracket_one(ball: Ball, g16: Tensor) -> Bracket:
    """Bracket the optimum of one image, a batch of its own."""
    g, relaxation = g16.double(), Relaxation.of(ball)
    climb = Climb(ball, g)
    _, outer = climb.best(relaxation.terms)
    highest, _ = climb.best(lambda change: deficit(ball, change), start=outer)
    tangent, guess = outer.d.half(), torch.tensor([outer.nu], dtype=torch.float64)
    side = UpperSide(relaxation, g, tangent)
    multiplier = side.best_multiplier(guess)
    corner = best_corner(ball, g)
    in_ball = bool(total_deficit(ball, corner) <= ball.radius * INSIDE)
    point, scale = _scaled(ball, corner if in_ball else highest.d)
    lower, _ = lower_side(ball, g, point, scale)
    return Bracket(g16, lower, side.bound(multiplier), point, scale, tangent, multiplier)


def _scaled(ball: Ball, d: Tensor) -> tuple[Tensor, Tensor]:
    """Return a point and its scale, (1,), for the multiple of ``d`` at the true ball's border."""
    # float16 has no numbers as small as some caps and radii need.
    size = d.abs().amax().clamp_min(1e-300)
    point = (d / size).half()
    return point, _largest_scale(ball, point, float(size))


def _largest_scale(ball: Ball, point: Tensor, start: float) -> Tensor:
    """Return a factor, (1,), that scales ``point`` (1, C, H, W) close to the true ball's border."""
    inside, outside, scale, streak = 0.0, float("inf"), start, 0
    aim = ball.radius * INSIDE
    for _ in range(SCALINGS):
        used = float(total_deficit(ball, inner_point(ball, point, _number(scale))))
        if used <= aim:
            inside, streak = scale, max(streak, 0) + 1
        else:
            outside, streak = scale, min(streak, 0) - 1
        factor = (aim * (1 - CLOSE) / max(used, 1e-300)) ** 0.5
        if 1 <= factor < 1 + CLOSE:
            break
        following = scale * min(factor, 2.0)
        # Far from 0, 1 - SSIM is not quadratic: bisect where the rule stays on one side.
        follows = inside < following < outside and (abs(streak) < STREAK or outside == float("inf"))
        scale = following if follows else (inside + outside) / 2
    return _number(inside)


def _number(value: float) -> Tensor:
    return torch.tensor([value], dtype=torch.float64)
