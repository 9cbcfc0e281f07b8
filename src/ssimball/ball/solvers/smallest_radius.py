"""The smallest radius of model Q at which a linear function reaches a value, from both sides.

    epsilon* = min { d'Ad / N : <g, d> >= m, lower <= d <= upper }

It is the radius at which the optimum p*(epsilon) of :class:`BallSolver` equals m. In the root of
the radius p* is concave, so Newton's method from the certificates of a few solves finds it.

- From below: with w = nu A d of any certificate and r = g - w, the dual bound of model Q at the
  radius epsilon is nu sqrt(epsilon N d'Ad) + sum_j max(r_j lower_j, r_j upper_j). Where that is
  below m, no perturbation reaches m.
- From above: a point of the box with <g, d> >= m, times m / <g, d>.
"""

from dataclasses import dataclass, replace

from torch import Tensor

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.lagrangian import box_term
from ssimball.ball.quadratic import QuadraticBall, inner
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.projected_cg.precisions import best_corner

#: Relative width of the bracket at which the search stops.
WIDTH = 1e-2
#: Relative duality gap of its solves.
GAP = 1e-3
#: Largest number of solves. The bracket is valid, though wider, if they do not suffice.
SOLVES = 10
#: Factor by which the radius shrinks while no solve has given a lower bound.
DESCENT = 16.0


@dataclass(frozen=True)
class RadiusBracket:
    """Bounds on the smallest radius.

    Attributes:
        lower: no perturbation of the box with a smaller mean d'Ad / N reaches the value.
        upper: a perturbation of the box with this mean does.
    """

    lower: float
    upper: float

    @property
    def width(self) -> float:
        """Relative width, upper / lower - 1; 0 where both are 0."""
        if self.lower > 0:
            return self.upper / self.lower - 1
        return 0.0 if self.upper == 0 else float("inf")


def smallest_radius(ball: Ball, start: Certificate, value: float) -> RadiusBracket | None:
    """Bracket the smallest radius at which <gradient, d> reaches a value.

    Examples:
        One window of a grey image: the mean has to move by 0.02.

        >>> import torch
        >>> from ssimball.ssim.windows import SSIM_WINDOW
        >>> grey = torch.full((1, 1, 11, 11), 0.5, dtype=torch.float64)
        >>> ball = Ball.around(grey, epsilon=0.01, tau=None, window=SSIM_WINDOW)
        >>> mean = ball.window.adjoint(torch.ones(1, 1, 1, 1).double(), (11, 11))
        >>> found = smallest_radius(ball, BallSolver(ball).maximise(mean), 0.02 / float(mean.max()))
        >>> exact = 0.02**2 / (2 * 0.5**2 + 0.01**2)
        >>> bool(abs(found.lower / exact - 1) < 0.01), bool(abs(found.upper / exact - 1) < 0.01)
        (True, True)

    Args:
        ball: model Q around one image on the CPU.
        start: a certificate of that ball, of any gap, with the gradient.
        value: the value to reach.

    Returns:
        None if no perturbation in the box reaches the value.
    """
    if value <= 0:
        return RadiusBracket(0.0, 0.0)
    corner = best_corner(ball, start.gradient.double())
    reached = _reached(ball.quadratic, start.gradient, corner, value)
    if reached is None:
        return None
    found = RadiusBracket(0.0, ball.epsilon / ball.radius * reached)
    found, certificate = _narrowed(found, ball, start, value), start
    for _ in range(SOLVES):
        if found.width <= WIDTH:
            break
        ball = replace(ball, epsilon=_next(found, ball.epsilon))
        certificate = BallSolver(ball).maximise(certificate.gradient, gap=GAP, start=certificate)
        found = _narrowed(found, ball, certificate, value)
    return found


def _narrowed(
    found: RadiusBracket, model: Ball, certificate: Certificate, value: float
) -> RadiusBracket:
    """Return the bracket with what another certificate says of it."""
    scale, d = model.epsilon / model.radius, certificate.perturbation.double()
    below = _bound(model.quadratic, certificate, value)
    above = _reached(model.quadratic, certificate.gradient, d, value)
    upper = found.upper if above is None else min(found.upper, scale * above)
    return RadiusBracket(max(found.lower, scale * below), upper)


def _bound(quadratic: QuadraticBall, certificate: Certificate, value: float) -> float:
    """Return the d'Ad below which the certificate's dual bound is less than ``value``."""
    d, nu = certificate.perturbation.double(), certificate.proof.multiplier.double()
    a_d = quadratic.apply(d)
    remainder = certificate.gradient.double() - nu.reshape(-1, 1, 1, 1) * a_d
    needed = value - float(box_term(quadratic, remainder))
    slope = float(nu) ** 2 * float(inner(d, a_d))
    return needed**2 / slope if needed > 0 and slope > 0 else 0.0


def _reached(quadratic: QuadraticBall, gradient: Tensor, d: Tensor, value: float) -> float | None:
    """Return the d'Ad of the multiple of ``d`` that has the value; None if it leaves the box."""
    reached = float(inner(gradient.double(), d))
    if reached < value:
        return None
    return (value / reached) ** 2 * float(inner(d, quadratic.apply(d)))


def _next(found: RadiusBracket, epsilon: float) -> float:
    """Return the radius of the next solve, a little above the lower bound, which is Newton's."""
    if found.lower == 0:
        return min(epsilon, found.upper) / DESCENT
    newton = found.lower * (1 + WIDTH / 2)
    # A solve there has been made: its gap leaves the bracket open.
    repeated = abs(newton / epsilon - 1) < WIDTH / 8
    return (found.lower * found.upper) ** 0.5 if repeated else newton
