"""The group-sparse solver compared with CVXPY, on small problems."""

from itertools import islice

import cvxpy as cp
import numpy as np
import pytest
import torch

from ssimball.attacks.group_sparse import Groups, Problem, steps

SHAPE = (2, 11, 13)
windows = pytest.mark.parametrize(
    ("window", "stride"), [(4, 4), (5, 2), (3, 1)], ids=["disjoint", "overlapping", "dense"]
)


def members(window, stride):
    """Return the indices of each group in the flat image, without using the solver's code."""
    index = np.arange(np.prod(SHAPE)).reshape(SHAPE)
    groups = []
    top = 0
    while top == 0 or top - stride + window < SHAPE[1]:
        left = 0
        while left == 0 or left - stride + window < SHAPE[2]:
            groups.append(index[:, top : top + window, left : left + window].ravel())
            left += stride
        top += stride
    return groups


def norms(d, window, stride):
    return cp.sum([cp.norm(d[group]) for group in members(window, stride)])


def solved(objective, constraints=()):
    problem = cp.Problem(cp.Minimize(objective), list(constraints))
    problem.solve(solver=cp.CLARABEL)
    return problem.value


@windows
def test_groups_cover_the_image_and_adding_up_is_the_adjoint(window, stride):
    groups, rng = Groups(window, stride, *SHAPE[1:]), np.random.default_rng(0)
    d = torch.from_numpy(rng.standard_normal((2, *SHAPE)))
    copies = groups.split(d)
    other = torch.from_numpy(rng.standard_normal(copies.shape))
    torch.testing.assert_close((copies * other).sum(), (d * groups.add_up(other)).sum())
    expected = [float(d[1].flatten()[group].norm()) for group in members(window, stride)]
    assert groups.norms(d)[1].tolist() == pytest.approx(expected)
    assert float(groups.add_up(groups.split(torch.ones_like(d))).min()) >= 1


def test_shrinking_is_the_proximal_map_of_the_sum_of_norms():
    groups, by = Groups(4, 4, *SHAPE[1:]), 4.5
    a = np.random.default_rng(1).standard_normal(SHAPE)
    shrunk = groups.add_up(groups.shrink(groups.split(torch.from_numpy(a)[None]), by))[0]
    d = cp.Variable(a.size)
    solved(by * norms(d, 4, 4) + cp.sum_squares(d - a.ravel()) / 2)
    np.testing.assert_allclose(shrunk.numpy().ravel(), d.value, atol=1e-5)
    is_zero = [bool((shrunk.flatten()[group] == 0).all()) for group in members(4, 4)]
    assert any(is_zero)
    assert not all(is_zero)


@windows
def test_admm_reaches_the_optimum_of_a_linear_loss(window, stride):
    """The optimum has groups that are 0, values at a bound, and free values."""
    rng = np.random.default_rng(2)
    weight = rng.standard_normal(SHAPE) * rng.choice([0.1, 3.0], SHAPE)
    weight[..., :6] *= 0.05
    bound = rng.uniform(0.05, 0.6, SHAPE)
    gamma, tau = 2.0, 1.6 if stride == window else 0.6
    groups = Groups(window, stride, *SHAPE[1:])
    limit = torch.from_numpy(bound)[None]
    problem = Problem(groups, gamma, tau, -limit, limit)
    gradient = torch.from_numpy(weight)[None]
    iterates = steps(problem, lambda _: gradient, torch.zeros_like(gradient), rho=4.0, alpha=0.5)
    solution = next(islice(iterates, 1000, None))
    reached = float((gradient * solution).sum() + problem.penalty(solution))

    d = cp.Variable(weight.size)
    best = solved(
        weight.ravel() @ d + gamma * cp.sum_squares(d) + tau * norms(d, window, stride),
        [cp.abs(d) <= bound.ravel()],
    )
    assert best < -1
    assert best - 1e-6 <= reached <= best + 1e-3 * abs(best)
    assert bool((solution == 0).any() and (solution.abs() == limit).any())
