"""Sets of cells, and perturbations restricted to them."""

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.causal.cells import (
    cell_sets,
    equal_energy,
    largest_first,
    pixels_of,
    random_order,
    restrict,
)
from ssimball.overlap.grids import pool_to_grid

GRID = (7, 7)


@given(
    st.tuples(st.integers(1, 9), st.integers(2, 9)),
    st.floats(0.01, 0.5),
    st.integers(0, 2**32),
    st.integers(2, 100),
)
def test_sets_have_equal_area_and_follow_the_cam(grid, area, seed, levels):
    cam = np.random.default_rng(seed).integers(0, levels, grid)
    sets = cell_sets(cam, area, seed, "a")
    cells = cam.size
    expected = min(max(round(area * cells), 1), cells // 2)
    assert {sets[name].sum() for name in ("top", "bottom", "random")} == {expected}
    assert not (sets["top"] & sets["bottom"]).any()
    assert cam[sets["top"]].min() >= cam[~sets["top"]].max()
    assert cam[sets["bottom"]].max() <= cam[~sets["bottom"]].min()
    assert (sets["rest_of_top"] == ~sets["top"]).all()


def test_smaller_areas_are_subsets():
    small, large = (cell_sets(np.ones(GRID), area, 0, "a") for area in (0.2, 0.5))
    for name in ("top", "bottom", "random"):
        assert (small[name] <= large[name]).all()


@pytest.mark.parametrize(
    "second",
    [lambda s: largest_first(np.eye(1, 9), 0, s)[1] - 1, lambda s: random_order(8, 0, s)[0]],
)
def test_ties_and_random_cells_prefer_no_cell(second):
    counts = np.bincount([second(str(number)) for number in range(4000)], minlength=8)
    # Expected 500 each, standard deviation 21.
    assert (abs(counts - 500) < 90).all()


@given(st.integers(1, 4), st.integers(12, 60), st.integers(12, 60), st.integers(0, 2**32))
def test_inside_and_outside_add_up_and_pixels_lie_in_the_cells_of_pooling(b, height, width, seed):
    rng = np.random.default_rng(seed)
    change = torch.from_numpy(rng.normal(size=(b, 3, height, width)))
    cells = rng.random((b, 5, 7)) < 0.5
    inside, outside = restrict(change, cells), restrict(change, ~cells)
    torch.testing.assert_close(inside + outside, change, rtol=0, atol=0)
    assert not (inside * outside).any()
    for one, membership in zip(pixels_of(cells, (height, width)), cells, strict=True):
        pooled = pool_to_grid(one.numpy(), (height, width), (5, 7))
        np.testing.assert_array_equal(pooled, membership)


@given(st.integers(0, 2**32))
def test_equal_energy_is_the_smallest_and_amplifies_nothing(seed):
    rng = np.random.default_rng(seed)
    cut = torch.from_numpy(
        rng.normal(size=(3, 3, 8, 8)) * 10.0 ** rng.integers(-3, 1, (3, 1, 1, 1))
    )
    norms = cut.flatten(1).norm(dim=1)
    scaled = equal_energy(cut)
    expected = pytest.approx([float(norms.min())] * 3, rel=1e-12)
    assert scaled.flatten(1).norm(dim=1).tolist() == expected
    assert bool((scaled.abs() <= cut.abs()).all())
    assert equal_energy(cut * torch.tensor([1.0, 0.0, 1.0])[:, None, None, None]) is None
