"""The upper side against all perturbations on a grid, on images of one and two windows."""

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.constraint import deficit, half_gradient
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide
from ssimball.ball.quadratic import inner, total
from ssimball.ssim.index import ssim_map
from ssimball.ssim.windows import uniform

WINDOW = uniform(2)
IMAGES = {
    "flat": [0.5, 0.5, 0.5, 0.5, 0.5, 0.5],
    "dark": [0.0, 0.01, 0.0, 0.02, 0.0, 0.01],
    "edge": [0.2, 0.8, 0.8, 0.2, 0.8, 0.8],
    "weak texture": [0.5, 0.52, 0.49, 0.51, 0.55, 0.5],
    "black and white": [0.0, 1.0, 0.0, 1.0, 0.0, 1.0],
}
every_image = pytest.mark.parametrize("values", IMAGES.values(), ids=IMAGES)
every_cap = pytest.mark.parametrize("tau", [4 / 255, 8 / 255, 32 / 255, 1.0])


def ball_around(values, width, tau, epsilon):
    x = torch.tensor(values[: 2 * width], dtype=torch.float64).reshape(1, 1, 2, width)
    return Ball.around(x, epsilon, tau, window=WINDOW)


def grid(ball, levels, sizes=(1.0,)):
    """Return all perturbations with so many levels per pixel, in the box and in smaller ones.

    Args:
        ball: gives the box.
        levels: between the bounds of the box.
        sizes: factors of the box.
    """
    shares = torch.tensor(
        list(itertools.product(np.linspace(0, 1, levels), repeat=ball.images.numel()))
    )
    shares = shares.reshape(-1, *ball.images.shape[1:]).double()
    points = ball.lower + shares * (ball.upper - ball.lower)
    return torch.cat([size * points for size in sizes])


def deficits(ball, d):
    """Return the sum of 1 - SSIM of each perturbation, by the definition of SSIM."""
    return total(1 - ssim_map(ball.images.expand_as(d), ball.images + d, ball.window))


@every_image
@every_cap
def test_relaxation_lies_below_the_deficit(values, tau):
    ball = ball_around(values, 2, tau, 0.01)
    points = grid(ball, 11)
    many = replace(ball, images=ball.images.expand_as(points))
    relaxed = total(Relaxation.of(many).terms(many.change(points)).value)
    below = deficits(ball, points)
    assert float((relaxed - below).max()) <= 1e-12


@every_image
@every_cap
def test_excess_bounds_every_perturbation_in_a_window(values, tau):
    ball = ball_around(values, 2, tau, 0.01)
    relaxation, points = Relaxation.of(ball), grid(ball, 11)
    below = deficits(ball, points)
    rng = np.random.default_rng(0)
    for share in rng.choice([0, 1, 0.5, *rng.random(3)], (20, *ball.images.shape)):
        v = (ball.lower + torch.from_numpy(share) * (ball.upper - ball.lower)) * rng.random()
        change = ball.change(v)
        slopes = half_gradient(ball, v, change, relaxation.terms(change))
        linear = 2 * inner(points, slopes.expand_as(points))
        excess = float(relaxation.excess(change).sum())
        assert float((linear - below).max()) <= excess + 1e-12


@every_image
@every_cap
def test_no_perturbation_in_the_ball_exceeds_the_upper_side(values, tau):
    rng = np.random.default_rng(1)
    ball = ball_around(values, 3, tau, 0.02)
    relaxation, points = Relaxation.of(ball), grid(ball, 5, (1, 0.5, 0.25, 0.1, 0.03))
    allowed = points[deficits(ball, points) <= ball.radius]
    for _ in range(5):
        g = torch.from_numpy(rng.standard_normal(ball.images.shape))
        products = inner(allowed, g.expand_as(allowed))
        best = allowed[products.argmax()][None]
        for tangent in (best, 0.5 * best, torch.zeros_like(best), ball.project_box(0.02 * g)):
            side = UpperSide(relaxation, g, tangent)
            multiplier = side.best_multiplier(torch.tensor([10.0]).double())
            for nu in (multiplier, 0.5 * multiplier, multiplier + 1):
                assert float(products.max()) <= float(side.bound(nu)) * (1 + 1e-12)


@every_image
def test_slopes_of_the_deficit_are_its_derivatives(values):
    ball = ball_around(values, 3, 0.1, 0.02)
    x, rng = ball.images, np.random.default_rng(2)
    d = ball.lower + torch.from_numpy(rng.random(x.shape)) * (ball.upper - ball.lower)
    d.requires_grad_(True)
    (gradient,) = torch.autograd.grad(deficits(ball, d).sum(), d)
    change = ball.change(d.detach())
    expected = 2 * half_gradient(ball, d.detach(), change, deficit(ball, change))
    torch.testing.assert_close(expected, gradient, rtol=1e-8, atol=1e-10)
