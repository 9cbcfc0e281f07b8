"""The least distortion inside a region, against Clarabel and random perturbations of the ball."""

import cvxpy as cp
import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import join
from ssimball.ball.least_inside import InsideProblem, Proof, windows_inside
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.least_inside import ABSOLUTE, RELATIVE, least_inside
from ssimball.ssim.windows import gaussian, uniform

C1, C2 = 1e-4, 9e-4
SIDE = 12
#: Accuracy of Clarabel's optimum, over the radius.
CLARABEL = 1e-6
VALID, REFLECT = gaussian(3, 0.8), gaussian(3, 0.8, boundary="reflect")
INSIDE = torch.zeros(SIDE, SIDE, dtype=torch.bool)
INSIDE[2:7, 4:10] = True


def roots(plain, window, x):
    """Return F with |F d|² = d'Ad by the definition, and the window of each of its rows."""
    w = plain.rows_of(window, SIDE, SIDE)
    factors, windows = [], []
    for number, (row, mu, s2) in enumerate(zip(w, *plain.moments(w, x), strict=True)):
        deviation = np.sqrt(row)[:, None] * (np.eye(x.size) - row)
        factors += [row / np.sqrt(2 * mu**2 + C1), *deviation[row > 0] / np.sqrt(2 * s2 + C2)]
        windows += [number] * (1 + (row > 0).sum())
    return np.array(factors), np.array(windows)


def centres_inside(window):
    """Return which windows have their centre inside, by their first and last pixel."""
    first = 0 if window.boundary == "reflect" else window.size // 2
    places = range(first, SIDE - first)
    return np.array([bool(INSIDE[i, j]) for i in places for j in places])


def clarabel(plain, ball, g, level):
    """Return the least distortion inside, over the radius."""
    x = ball.images.numpy().ravel()
    factors, windows = roots(plain, ball.window, x)
    within = centres_inside(ball.window)[windows]
    lower, upper = plain.bounds_of(x, ball.cap)
    d = upper.max() * cp.Variable(x.size)
    size = np.sqrt(ball.radius)
    constraints = [d >= lower, d <= upper, g.numpy().ravel() @ d >= level]
    constraints.append(cp.norm(factors @ d / size) <= 1)
    problem = cp.Problem(cp.Minimize(cp.norm(factors[within] @ d / size)), constraints)
    problem.solve(solver=cp.CLARABEL)
    assert problem.status == "optimal"
    return problem.value**2


@pytest.mark.parametrize("window", [VALID, REFLECT], ids=["valid", "reflect"])
@pytest.mark.parametrize(
    ("number", "strength", "tau"),
    [(0, 1.0, 8 / 255), (0, 4.0, 8 / 255), (0, 4.0, 1.0), (4, 6.0, 8 / 255)],
    ids=["even gradient", "large inside", "no cap", "hard edges"],
)
def test_bounds_bracket_the_optimum_of_clarabel(plain, picture, window, number, strength, tau):
    x = torch.from_numpy(picture(number, (1, SIDE, SIDE)))[None]
    g = plain.noise((1, 1, SIDE, SIDE)) * torch.where(INSIDE, strength, 1.0)
    ball = Ball.around(x, 0.01, tau, window=window)
    step = BallSolver(ball).maximise(g, gap=1e-4)
    found = least_inside(ball, step, INSIDE, 0.9)
    level = 0.9 * float(step.primal)
    expected = clarabel(plain, ball, step.gradient.double(), level)
    assert found.low <= expected + CLARABEL and found.high >= expected - CLARABEL
    assert found.high - found.low <= max(ABSOLUTE, RELATIVE * found.high)
    assert found.low < found.spent
    # The point and the proof are what they are said to be.
    problem = InsideProblem.of(ball, step.gradient, INSIDE, level)
    assert bool(ball.contains(found.point, tolerance=1e-9))
    assert problem.reached(found.point) >= level * (1 - 1e-9)
    assert problem.measure(found.point).inside == pytest.approx(found.high * ball.radius)
    assert max(problem.lower_bound(found.proof), 0) == pytest.approx(found.low * ball.radius)


def test_any_multipliers_and_any_point_bound_every_perturbation(plain, picture):
    x = torch.from_numpy(picture(0, (1, SIDE, SIDE)))[None]
    g = plain.noise((1, 1, SIDE, SIDE))
    ball = Ball.around(x, 0.01, 8 / 255, window=REFLECT)
    step = BallSolver(ball).maximise(g, gap=1e-4)
    best, rng = step.perturbation.double(), np.random.default_rng(0)
    problem = InsideProblem.of(ball, step.gradient, INSIDE, 0.9 * float(step.primal))
    least = np.inf
    for _ in range(200):
        other = ball.project_box(best + 0.02 * torch.from_numpy(rng.standard_normal(best.shape)))
        outside = torch.where(INSIDE, rng.uniform(0.5, 1), 1.0) * best
        for d in (0.95 * best + 0.05 * other, outside):
            scaled = problem.measure(d)
            scaled = problem.measure(d * min(1.0, (ball.radius / scaled.total) ** 0.5))
            if problem.reached(scaled.d) >= problem.level:
                least = min(least, scaled.inside)
    assert least < np.inf
    proofs = [
        Proof(rng.uniform(-1, 10), rng.uniform(-0.1, 1), best.float() * rng.uniform(0, 1.2))
        for _ in range(200)
    ]
    assert max(problem.lower_bound(proof) for proof in proofs) <= least


def test_windows_inside_have_their_centre_there():
    for window in (VALID, REFLECT):
        expected = centres_inside(window)
        assert windows_inside(INSIDE, window).flatten().tolist() == expected.tolist()
    disjoint = windows_inside(INSIDE, uniform(4, 4))
    assert disjoint.tolist() == INSIDE[2::4, 2::4].tolist()


def test_what_has_no_such_problem_is_refused(plain, picture):
    x = torch.from_numpy(picture(0, (1, SIDE, SIDE)))[None]
    safe = Ball.around(x, 0.01, 8 / 255, "S", window=VALID)
    step = BallSolver(Ball.around(x, 0.01, 8 / 255, window=VALID)).maximise(plain.noise(x.shape))
    with pytest.raises(ValueError, match="needs model Q around one image"):
        least_inside(safe, step, INSIDE, 0.9)
    two = Ball.around(torch.cat([x, x]), 0.01, 8 / 255, window=VALID)
    with pytest.raises(ValueError, match="needs model Q around one image"):
        InsideProblem.of(two, join([step, step]).gradient, INSIDE, 1.0)
    ball = Ball.around(x, 0.01, 8 / 255, window=VALID)
    nothing = BallSolver(ball).maximise(torch.zeros_like(x))
    with pytest.raises(ValueError, match="does not raise the linearised loss"):
        least_inside(ball, nothing, INSIDE, 0.9)
