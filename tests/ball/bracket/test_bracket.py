"""Brackets of whole images against scikit-image, the conic reference, and their own record."""

import numpy as np
import pytest
import torch
from skimage.metrics import structural_similarity

from ssimball.ball.ball import Ball
from ssimball.ball.bracket.bracket import bracket
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, inner_point, lower_side
from ssimball.ball.solvers.conic.solve import maximise_conic
from ssimball.ssim.index import ssim_map
from ssimball.ssim.windows import BALL_WINDOW, SSIM_WINDOW

SHAPE = (1, 24, 26)


def problem(picture, number, epsilon=0.01, tau=8 / 255, shape=SHAPE, window=BALL_WINDOW):
    x = torch.from_numpy(picture(number, shape))[None]
    g = torch.from_numpy(np.random.default_rng(number).standard_normal(x.shape))
    return Ball.around(x, epsilon, tau, window=window), g


@pytest.mark.parametrize("number", range(6))
def test_bracket_holds_what_it_says(picture, number):
    ball, g = problem(picture, number, window=SSIM_WINDOW)
    found = bracket(ball, g)
    x = ball.images[0, 0].numpy()
    d = inner_point(ball, found.point, found.scale)[0, 0].numpy()
    assert (np.abs(d) <= 8 / 255).all()
    assert ((x + d >= 0) & (x + d <= 1)).all()
    _, similarity = structural_similarity(
        x,
        x + d,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
        full=True,
    )
    assert 1 - similarity[5:-5, 5:-5].mean() <= 0.01 * (1 + 1e-8)
    assert float(found.lower) == pytest.approx((found.gradient[0, 0].double().numpy() * d).sum())
    assert 0 < float(found.lower) <= float(found.upper)


def test_safe_model_solved_by_a_conic_solver_lies_below(picture):
    """Every perturbation of model S lies in the true ball. Clarabel takes two seconds."""
    ball, g = problem(picture, 0, shape=(1, 16, 17))
    found = bracket(ball, g)
    safe = maximise_conic(
        ball.images[0], g[0], model="S", epsilon=0.01, tau=8 / 255, solver="clarabel"
    )
    assert safe.objective <= float(found.lower) * (1 + 1e-3)
    assert safe.objective <= float(found.upper)


def test_bracket_closes_as_the_box_shrinks(picture):
    ratios = [float(bracket(*problem(picture, 0, tau=tau)).ratio) for tau in (0.06, 0.03, 0.01)]
    assert ratios == sorted(ratios)
    assert ratios[-1] >= 0.99


def test_record_gives_the_same_bracket_again(picture):
    ball, g = problem(picture, 0, shape=(3, 24, 26))
    found = bracket(ball, g)
    lower, inside = lower_side(ball, found.gradient, found.point, found.scale)
    side = UpperSide(Relaxation.of(ball), found.gradient, found.tangent)
    assert bool(inside)
    torch.testing.assert_close(lower, found.lower, rtol=1e-12, atol=0)
    torch.testing.assert_close(side.bound(found.multiplier), found.upper, rtol=1e-12, atol=0)
    _, inside = lower_side(ball, found.gradient, found.point, found.scale * 1.001)
    assert not bool(inside)


def test_reflected_border_has_its_own_bracket(picture):
    ball, g = problem(picture, 0)
    found = bracket(ball, g)
    d = inner_point(ball, found.point, found.scale)
    similarity = ssim_map(ball.images, ball.images + d, ball.window)
    assert similarity.shape == ball.images.shape
    assert float(1 - similarity.mean()) <= 0.01
    assert 0.9 <= float(found.ratio) <= 1


def test_batch_is_bracketed_image_by_image(picture):
    parts = [problem(picture, number) for number in (0, 4)]
    images, gradients = torch.cat([b.images for b, _ in parts]), torch.cat([g for _, g in parts])
    both = bracket(Ball.around(images, 0.01, 8 / 255), gradients)
    for i, part in enumerate(parts):
        alone = bracket(*part)
        assert float(alone.lower) == float(both.lower[i])
        assert float(alone.upper) == float(both.upper[i])


def test_corner_of_the_box_inside_the_ball_is_the_optimum(picture):
    found = bracket(*problem(picture, 0, epsilon=0.9))
    assert float(found.ratio) == pytest.approx(1, abs=1e-9)
    assert float(found.multiplier) == 0


def test_zero_gradient_has_a_closed_bracket(picture):
    ball, g = problem(picture, 0)
    found = bracket(ball, torch.zeros_like(g))
    assert (float(found.lower), float(found.upper), float(found.ratio)) == (0, 0, 1)


def test_local_constraint_is_refused(picture):
    ball, g = problem(picture, 0)
    with pytest.raises(ValueError, match="mean constraint alone"):
        bracket(Ball.around(ball.images, 0.01, 8 / 255, "L"), g)
