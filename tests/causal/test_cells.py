"""Sets and orders of cells, and their pixels."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssimball.causal.cells import cell_count, largest_first, pixels_of, random_order
from ssimball.overlap.grids import pool_to_grid


@pytest.mark.parametrize(
    "second",
    [lambda s: largest_first(np.eye(1, 9), 0, s)[1] - 1, lambda s: random_order(8, 0, s)[0]],
)
def test_ties_and_random_cells_prefer_no_cell(second):
    counts = np.bincount([second(str(number)) for number in range(4000)], minlength=8)
    # Expected 500 each, standard deviation 21.
    assert (abs(counts - 500) < 90).all()


@given(st.floats(0.01, 0.99), st.integers(2, 100))
def test_two_disjoint_sets_fit_on_the_grid(area, cells):
    count = cell_count(area, cells)
    assert 1 <= count <= cells / 2
    assert abs(count - area * cells) <= 0.5 or count in (1, cells // 2)


@given(st.integers(1, 4), st.integers(12, 60), st.integers(12, 60), st.integers(0, 2**32))
def test_pixels_lie_in_the_cells_of_pooling(b, height, width, seed):
    cells = np.random.default_rng(seed).random((b, 5, 7)) < 0.5
    for one, membership in zip(pixels_of(cells, (height, width)), cells, strict=True):
        pooled = pool_to_grid(one.numpy(), (height, width), (5, 7))
        np.testing.assert_array_equal(pooled, membership)
