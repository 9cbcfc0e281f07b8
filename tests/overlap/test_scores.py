"""Pooling and measures compared with closed forms, loops over pixels, and scipy."""

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.stats import pearsonr, spearmanr
from sklearn.metrics import roc_auc_score

from ssimball.overlap.grids import centre_map, deficit_grid, pool_to_grid
from ssimball.overlap.measures import MEASURES, MeasureSettings, shift_rank
from ssimball.overlap.scores import (
    inner,
    rank_basis,
    residual_ranks,
    spearman,
    top_cells,
    top_iou,
    top_share,
    unit_ranks,
)

# Few distinct values, so that ties are common.
MAPS = hnp.arrays(np.float64, (2, 49), elements=st.integers(-3, 3).map(float))


SETTINGS = MeasureSettings(0.2, (7, 7))


def measured(name, deficit, reference, settings=SETTINGS):
    measure = MEASURES[name]
    form = measure.of_distortion(deficit, settings)
    return measure.combine(form, measure.of_reference(reference, settings))


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


def test_cells_at_the_border_without_a_window_take_the_means_of_the_next_ones():
    """On 32 x 32 pixels and 8 x 8 cells, windows of 11 pixels are centred in the inner 6 x 6."""
    values = np.random.default_rng(0).random((22, 22))
    padded = np.pad(values, 5, constant_values=np.nan)
    cells = padded.reshape(8, 4, 8, 4).swapaxes(1, 2).reshape(8, 8, 16)[1:-1, 1:-1]
    inner = np.nanmean(cells, axis=2)
    np.testing.assert_allclose(pool_to_grid(values, (32, 32), (8, 8)), np.pad(inner, 1, "edge"))


@pytest.mark.parametrize(
    "shape, grid", [((215, 214), (7, 7)), ((226, 224), (7, 7)), ((24, 24), (99, 7))]
)
def test_pooling_refuses_maps_without_a_mean_in_every_cell(shape, grid):
    with pytest.raises(ValueError, match="no mean"):
        pool_to_grid(np.zeros(shape), (224, 224), grid)


def test_rounding_noise_of_an_unchanged_image_is_no_ssim_deficit():
    noise = 1.0 + np.random.default_rng(0).integers(-2, 3, (214, 214)) * 2.0**-52
    assert not deficit_grid(noise, (224, 224), (7, 7)).any()


@given(MAPS)
def test_spearman_agrees_with_scipy(maps):
    if np.ptp(maps, axis=1).all():
        assert spearman(*maps) == pytest.approx(spearmanr(*maps).statistic, abs=1e-12)
    else:
        assert np.isnan(spearman(*maps))


@given(MAPS, st.floats(0.05, 0.95))
def test_top_cells_are_the_largest_and_of_the_right_number(maps, top):
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
    # The ten largest cells are 39 to 48 of the deficit, and 44 to 48 and 0 to 4 of the reference.
    reference = np.where((deficit >= 44) | (deficit <= 4), 1.0, 0.0) + deficit / 1e3
    assert top_share(deficit, reference, 0.2) == pytest.approx((44 + 45 + 46 + 47 + 48 + 10) / 1176)
    assert top_iou(deficit, reference, 0.2) == pytest.approx(5 / 15)


@given(MAPS)
def test_pearson_agrees_with_scipy(maps):
    if np.ptp(maps, axis=1).all():
        assert measured("pearson", *maps) == pytest.approx(pearsonr(*maps).statistic, abs=1e-12)
    else:
        assert np.isnan(measured("pearson", *maps))


@given(MAPS)
def test_auc_agrees_with_scikit_learn(maps):
    deficit = maps[0] + np.arange(49) / 1e3  # no ties: a set of ten cells
    if np.ptp(maps[1]):
        expected = roc_auc_score(top_cells(deficit, 0.2), maps[1])
        assert measured("auc", deficit, maps[1]) == pytest.approx(expected)
    else:
        assert np.isnan(measured("auc", deficit, maps[1]))


@given(MAPS)
def test_share_area_is_the_area_under_the_curve_of_top_shares(maps):
    deficit, reference = maps - maps.min() + 1
    reference = reference + np.random.default_rng(0).random(49) / 10
    curve = [0, *(top_share(deficit, reference, k / 49) for k in range(1, 50))]
    assert measured("share_area", deficit, reference) == pytest.approx(
        np.trapezoid(curve, dx=1 / 49)
    )


def test_measures_of_maps_with_known_overlap():
    rise = np.arange(1.0, 50.0)
    corner, opposite = np.eye(1, 49)[0], np.eye(1, 49, 48)[0]
    expected = {
        "spearman": (1, -1),
        "pearson": (1, -1),
        "top_iou": (1, 0),
        "pointing": (1, 0),
        "auc": (1, 0),
    }
    for name, (same, reverse) in expected.items():
        assert measured(name, rise, rise) == pytest.approx(same)
        assert measured(name, rise, -rise) == pytest.approx(reverse)
    assert measured("distance", corner, corner) == 0
    assert measured("distance", corner, opposite) == pytest.approx(1)
    # Where only the k-th largest cell of 49 is distorted, the curve is 1 from k on.
    assert measured("share_area", opposite, rise) == pytest.approx(48.5 / 49)
    assert measured("share_area", np.ones(49), rise) == pytest.approx(0.5)


def test_independent_maps_overlap_as_expected_by_chance():
    maps = np.random.default_rng(0).random((2, 4000, 49))
    chance = {"spearman": 0, "pearson": 0, "top_share": 10 / 49, "share_area": 0.5}
    chance |= {"pointing": 10 / 49, "auc": 0.5}
    for name, value in chance.items():
        found = measured(name, *maps)
        assert found.mean() == pytest.approx(value, abs=4 * found.std() / 4000**0.5), name
    ranks = shift_rank(*maps, SETTINGS)
    assert ranks.mean() == pytest.approx(0.5, abs=4 * ranks.std() / 4000**0.5)


def test_a_map_in_the_right_position_ranks_above_its_shifts():
    bump = centre_map((7, 7)).ravel()
    moved = np.roll(bump.reshape(7, 7), (3, 3), axis=(0, 1)).ravel()
    assert shift_rank(bump[None], bump[None], SETTINGS) == 1
    assert shift_rank(bump[None], moved[None], SETTINGS) < 0.5
    assert np.isnan(shift_rank(bump[None], np.ones((1, 49)), SETTINGS))


def partial_spearman(deficit, reference, controls):
    basis = rank_basis(controls)
    residuals = (residual_ranks(unit_ranks(maps), basis) for maps in (deficit, reference))
    return inner(*residuals)


def test_partial_correlation_agrees_with_the_inverse_of_the_correlation_matrix():
    rng = np.random.default_rng(0)
    controls = rng.random((5, 2, 49))
    deficit, reference = rng.random((2, 5, 49)) + controls.sum(1)
    for i, found in enumerate(partial_spearman(deficit, reference, controls)):
        matrix = np.linalg.inv(spearmanr(np.stack([deficit[i], reference[i], *controls[i]]).T)[0])
        assert found == pytest.approx(-matrix[0, 1] / np.sqrt(matrix[0, 0] * matrix[1, 1]))


def test_partial_correlation_where_controls_explain_all_or_nothing():
    rng = np.random.default_rng(0)
    deficit, reference = rng.random((2, 1, 49))
    constant = np.ones((1, 2, 49))
    assert partial_spearman(deficit, reference, constant) == pytest.approx(
        spearman(deficit, reference)
    )
    assert np.isnan(partial_spearman(deficit, reference, np.stack([reference, reference], axis=1)))
    assert np.isnan(partial_spearman(deficit, reference, constant * np.nan))
