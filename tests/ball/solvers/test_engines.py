"""Both engines of the iteration: their starting points, and the preconditioner they share."""

import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import quadratic_bounds
from ssimball.ball.quadratic import inner
from ssimball.ball.solvers.projected_cg import compiled_engine, torch_engine
from ssimball.ball.solvers.projected_cg.preconditioner import (
    coarse_correction,
    coarse_grids,
)

ENGINES = pytest.mark.parametrize(
    "engine", [compiled_engine, torch_engine], ids=["compiled", "torch"]
)
EPSILON, TAU, GAP = 0.01, 8 / 255, 1e-4


@pytest.fixture
def problem(picture):
    """Give the ball and objective of four images, float64."""
    images = torch.from_numpy(np.stack([picture(n, (3, 30, 26)) for n in (0, 1, 4, 6)]))
    g = torch.from_numpy(np.random.default_rng(0).standard_normal(images.shape))
    return Ball.around(images, EPSILON, TAU).quadratic, g


def gap_of(ball, g, d, nu):
    """Return the gap once d is scaled into the ball."""
    ratio = (inner(d, ball.apply(d)) / ball.radius).sqrt().clamp_min(1)
    scale = ratio.reshape(-1, 1, 1, 1)
    return quadratic_bounds(ball, g, d / scale, ball.apply(d) / scale, nu * ratio)[2]


@ENGINES
def test_start_at_the_solution_ends_at_once(problem, engine):
    ball, g = problem
    d, nu, cold = engine.iterate(ball, g, GAP, 500)
    _, _, warm = engine.iterate(ball, g, GAP, 500, (d, nu))
    assert cold.min() > 5
    assert warm.max() <= 2


@ENGINES
@pytest.mark.parametrize("factor", [1.0, 0.0, -1.0], ids=["given nu", "zero nu", "negative nu"])
def test_start_at_another_solution_reaches_the_gap(problem, engine, factor):
    ball, g = problem
    other = torch.from_numpy(np.random.default_rng(1).standard_normal(g.shape))
    d, nu, _ = engine.iterate(ball, other, GAP, 500)
    found, multiplier, _ = engine.iterate(ball, g, GAP, 500, (d, factor * nu))
    assert bool((gap_of(ball, g, found, multiplier) <= 1.1 * GAP).all())


@ENGINES
def test_start_may_lie_outside_ball_and_box(problem, engine):
    ball, g = problem
    far = torch.full_like(g, 3.0)
    found, multiplier, _ = engine.iterate(ball, g, GAP, 500, (far, torch.full((4,), 1e3)))
    assert bool((gap_of(ball, g, found, multiplier) <= 1.1 * GAP).all())
    assert bool((ball.project_box(far) != far).all())
    assert bool((far == 3).all())


def test_first_grid_measures_smooth_changes_as_the_ball_does():
    """Compare the energies of waves of 60 to 120 pixels, away from the border."""
    rng = np.random.default_rng(0)
    image = torch.from_numpy(0.5 + 0.1 * rng.standard_normal((1, 1, 120, 120))).clamp(0, 1)
    ball = Ball.around(image, EPSILON, TAU).quadratic
    grid = coarse_grids(ball)[0]
    for waves in ((1, 1), (2, 1), (1, 2)):
        y = _wave(30, waves[0])[:, None] * _wave(30, waves[1])[None]
        d = grid.rows @ y @ grid.columns.mT
        expected = float((d * ball.apply(d)).sum())
        assert float((y * _apply(grid, y)).sum()) == pytest.approx(expected, rel=0.1)


def _wave(nodes, waves):
    return torch.from_numpy(np.sin(np.pi * waves * (np.arange(nodes) + 0.5) / nodes))


def _apply(grid, y):
    """Apply the grid's matrix entry by entry."""
    out = y / grid.inverse[0, 0]
    for (i, j), entry in np.ndenumerate(grid.down[0, 0].numpy()):
        out[i, j] -= entry * y[i + 1, j]
        out[i + 1, j] -= entry * y[i, j]
    for (i, j), entry in np.ndenumerate(grid.right[0, 0].numpy()):
        out[i, j] -= entry * y[i, j + 1]
        out[i, j + 1] -= entry * y[i, j]
    return out


def test_coarse_correction_is_symmetric_and_positive(problem):
    ball, g = problem
    grids = coarse_grids(ball)
    other = torch.from_numpy(np.random.default_rng(1).standard_normal(g.shape))
    one, two = (coarse_correction(grids, r) for r in (g, other))
    torch.testing.assert_close(inner(one, other), inner(g, two), rtol=1e-9, atol=1e-12)
    assert bool((inner(one, g) > 0).all())


def test_compiled_result_does_not_depend_on_the_batch(problem):
    ball, g = problem
    ball, g = ball.to(torch.float32), g.float()
    together = compiled_engine.iterate(ball, g, GAP, 500)
    for i in range(len(g)):
        single = ball.select(torch.tensor([i]))
        alone = compiled_engine.iterate(single, g[i : i + 1], GAP, 500)
        assert all(torch.equal(a[i : i + 1], b) for a, b in zip(together, alone, strict=True))
