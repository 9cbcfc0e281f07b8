"""The structured attack on a linear model, for which the smallest penalty is a convex problem."""

import cvxpy as cp
import numpy as np
import pytest
import torch

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods.str_attack import NOT_FOUND, attack
from ssimball.config.attacks.sparse import StrAttackConfig
from ssimball.models.logits import margin
from ssimball.models.pass_counter import PassCounter

SHAPE = (3, 16, 16)
SETTINGS = StrAttackConfig(window=4, stride=4, steps=100, refine_steps=20)
SHORT = SETTINGS.model_copy(update={"steps": 10, "search_steps": 3, "refine_steps": 3})


@pytest.fixture
def problem():
    """Return a weight that is large in two of the groups, and a grey image."""
    weight = np.random.default_rng(3).uniform(-0.05, 0.05, SHAPE)
    weight[:, 4:8, 8:12] *= 20
    weight[:, 12:, :4] *= 10
    return torch.from_numpy(weight), torch.full((1, *SHAPE), 0.5, dtype=torch.float64)


def run(model, images, settings, label=0, target=None):
    targets = None if target is None else torch.tensor([target])
    batch = Batch(images, torch.tensor([label]), [np.random.default_rng(0)], targets)
    return attack(model, batch, settings)


def penalty(d, settings):
    """Return the penalty of d (3, 16, 16) by definition; the windows divide the image."""
    size = settings.window
    blocks = d.reshape(3, 16 // size, size, 16 // size, size)
    norms = blocks.square().sum((0, 2, 4)).sqrt()
    return float(settings.gamma * d.square().sum() + settings.tau * norms.sum())


def least_penalty(weight, settings):
    """Return the smallest penalty of all d that bring the margin <weight, d> + 1 to 0."""
    d = cp.Variable(weight.size)
    index = np.arange(weight.size).reshape(SHAPE)
    size = settings.window
    groups = [
        index[:, i : i + size, j : j + size].ravel()
        for i in range(0, 16, size)
        for j in range(0, 16, size)
    ]
    norms = cp.sum([cp.norm(d[group]) for group in groups])
    cap = settings.epsilon
    problem = cp.Problem(
        cp.Minimize(settings.gamma * cp.sum_squares(d) + settings.tau * norms),
        [weight.ravel() @ d + 1 <= 0, cp.abs(d) <= cap],
    )
    problem.solve(solver=cp.CLARABEL)
    return problem.value


@pytest.mark.parametrize("epsilon", [0.5, 0.06], ids=["cap aside", "cap binds"])
@pytest.mark.parametrize("target", [None, 1])
def test_penalty_is_close_to_the_smallest_and_the_large_groups_change(
    problem, linear, epsilon, target
):
    weight, grey = problem
    settings = SETTINGS.model_copy(update={"epsilon": epsilon})
    result = run(linear(weight), grey, settings, target=target)
    d = (result.adversarial - grey)[0]
    assert result.failures == [None]
    assert float((d * weight).sum()) + 1 < 0
    assert float(d.abs().max()) <= epsilon + 1e-12
    optimum = least_penalty(weight.numpy(), settings)
    assert optimum * (1 - 1e-6) <= penalty(d, settings) <= 1.001 * optimum
    if epsilon == 0.5:
        touched = d.abs().amax(0).reshape(4, 4, 4, 4).amax((1, 3)) > 0
        assert touched.nonzero().tolist() == [[1, 2]]


def test_confidence_is_reached(problem, linear):
    weight, grey = problem
    result = run(linear(weight), grey, SETTINGS.model_copy(update={"confidence": 2.0}))
    left = margin(linear(weight)(result.adversarial), torch.tensor([0]))
    assert -2.2 <= float(left) <= -2.0


def test_refining_lowers_the_penalty_at_the_pixels_that_remain(problem, linear):
    weight, grey = problem
    # So few steps that refining can improve the result.
    coarse = SETTINGS.model_copy(update={"steps": 8, "refine_steps": 0, "window": 2, "stride": 2})
    fine = coarse.model_copy(update={"refine_steps": 30, "refine_percentile": 30.0})
    first, second = (
        (run(linear(weight), grey, settings).adversarial - grey)[0] for settings in (coarse, fine)
    )
    assert penalty(second, coarse) < penalty(first, coarse)
    assert 0 < int((second != 0).sum()) <= 0.7 * int((first != 0).sum()) + 1
    assert not bool(((second != 0) & (first == 0)).any())


def test_image_that_nothing_fools_is_returned_unchanged(linear):
    grey = torch.full((1, *SHAPE), 0.5, dtype=torch.float64)
    result = run(linear(torch.zeros(SHAPE, dtype=torch.float64)), grey, SHORT)
    assert result.failures == [NOT_FOUND]
    assert torch.equal(result.adversarial, grey)


def test_misclassified_image_is_returned_unchanged(problem, linear):
    weight, grey = problem
    result = run(linear(weight), grey, SHORT, label=1)
    assert result.failures == [None]
    assert torch.equal(result.adversarial, grey)


def test_cost_is_as_documented(problem, linear):
    weight, grey = problem
    settings = SETTINGS.model_copy(update={"steps": 7, "search_steps": 3, "refine_steps": 5})
    model = linear(weight)
    with PassCounter(model) as passes:
        run(model, grey, settings)
    assert passes.backward == (7 + 5) * 3
    assert passes.forward == 2 * passes.backward
