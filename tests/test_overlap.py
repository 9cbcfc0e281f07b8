"""Pooling and measures against closed forms, loops over pixels, and scipy."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import spearmanr

from ssimball.overlap import deficit_grid, pool_to_grid, spearman, top_cells, top_iou, top_share

# Few distinct values, so that ties are common.
MAPS = hnp.arrays(np.float64, (2, 49), elements=st.integers(-3, 3).map(float))


@pytest.mark.parametrize(
    "size, grid", [((224, 224), (7, 7)), ((60, 45), (4, 3)), ((33, 50), (4, 6))]
)
def test_pooling_is_the_mean_over_windows_centred_in_the_cell(size, grid):
    values = np.random.default_rng(0).random((size[0] - 10, size[1] - 10))
    cells = {(i, j): [] for i in range(grid[0]) for j in range(grid[1])}
    for (i, j), value in np.ndenumerate(values):
        cells[(i + 5) * grid[0] // size[0], (j + 5) * grid[1] // size[1]].append(value)
    expected = np.array([np.mean(members) for members in cells.values()]).reshape(grid)
    np.testing.assert_allclose(pool_to_grid(values, size, grid), expected, rtol=1e-12)


@pytest.mark.parametrize(
    "shape, grid", [((215, 214), (7, 7)), ((226, 224), (7, 7)), ((24, 24), (99, 7))]
)
def test_pooling_refuses_maps_without_a_mean_in_every_cell(shape, grid):
    with pytest.raises(ValueError, match="no mean"):
        pool_to_grid(np.zeros(shape), (224, 224), grid)


def test_rounding_noise_of_an_unchanged_image_is_no_deficit():
    noise = 1.0 + np.random.default_rng(0).integers(-2, 3, (214, 214)) * 2.0**-52
    assert not deficit_grid(noise, (224, 224), (7, 7)).any()


@given(MAPS)
def test_spearman_is_scipys(maps):
    if np.ptp(maps, axis=1).all():
        assert spearman(*maps) == pytest.approx(spearmanr(*maps).statistic, abs=1e-12)
    else:
        assert np.isnan(spearman(*maps))


@given(MAPS, st.floats(0.05, 0.95))
def test_top_cells_are_as_many_as_asked_and_the_largest(maps, top):
    for values, chosen in zip(maps, top_cells(maps, top), strict=True):
        if np.ptp(values):
            assert chosen.sum() == pytest.approx(max(round(top * 49), 1))
            order = np.argsort(-values)
            assert (np.diff(chosen[order]) <= 0).all()
        else:
            assert np.isnan(chosen).all()


def test_ties_count_as_the_mean_over_all_ways_of_breaking_them():
    deficit, reference = np.array([4.0, 1.0, 2.0, 3.0, 0.0]), np.array([9.0, 5.0, 5.0, 5.0, 0.0])
    ways = [sum(deficit[[0, *chosen]]) / 10 for chosen in permutations([1, 2, 3], 1)]
    assert top_share(deficit, reference, 0.4) == pytest.approx(np.mean(ways))


def test_share_and_iou_of_known_sets():
    deficit = np.arange(49.0)
    # The ten largest of the deficit are 39 to 48; the reference's are 44 to 48 and 0 to 4.
    reference = np.where((deficit >= 44) | (deficit <= 4), 1.0, 0.0) + deficit / 1e3
    assert top_share(deficit, reference, 0.2) == pytest.approx((44 + 45 + 46 + 47 + 48 + 10) / 1176)
    assert top_iou(deficit, reference, 0.2) == pytest.approx(5 / 15)
