"""Permutation p-values: scipy, enumeration by hand, uniformity under the null hypothesis."""

from functools import cache
from itertools import product

import numpy as np
import pytest
from scipy.stats import kstest, permutation_test

from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, Metric
from ssimball.overlap.table import OverlapSettings, overlaps
from ssimball.statistics.permutation import sign_flip_p, smallest_p


def rng(seed=0):
    return np.random.default_rng(seed)


def test_all_sign_patterns_agree_with_scipys_exact_p():
    rows = rng().normal(0.4, 1, (4, 9)).round(1)
    for row, p in zip(rows, sign_flip_p(rows, rng(), flips=1000), strict=True):
        # With one sample, scipy's permutations of kind "samples" flip its signs.
        theirs = permutation_test(
            (row, -row),
            lambda x, y, axis: np.abs(np.mean(x - y, axis=axis)),
            permutation_type="samples",
            alternative="greater",
            n_resamples=np.inf,
            vectorized=True,
        )
        assert p == pytest.approx(theirs.pvalue)


def test_p_values_of_a_few_differences_by_hand():
    assert sign_flip_p([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]], rng(), flips=8) == [2 / 8, 1.0]
    # Sums of 0.1 in another order are not equal in floating point.
    [p] = sign_flip_p([[0.1, 0.2, 0.3, -0.3]], rng(), flips=16)
    sums = [a + 2 * b + 3 * c - 3 * d for a, b, c, d in product((-1, 1), repeat=4)]
    assert p == sum(abs(total) >= 3 for total in sums) / 16


def test_random_patterns_agree_with_all_patterns():
    row = rng(3).normal(0.5, 1, (1, 12))
    [exact], [drawn] = sign_flip_p(row, rng(), flips=4096), sign_flip_p(row, rng(), flips=4095)
    assert drawn == pytest.approx(exact, abs=4 * np.sqrt(exact / 4095))
    # b of m random patterns are at least as extreme: p = (b + 1) / (m + 1).
    assert (drawn * 4096) % 1 == 0
    [least] = sign_flip_p(np.ones((1, 60)), rng(), flips=999)
    assert least == smallest_p(60, 999) == 1 / 1000
    assert smallest_p(6, 999) == sign_flip_p([np.arange(1.0, 7.0)], rng(), flips=999)[0] == 1 / 32


def test_images_of_a_class_are_flipped_together():
    row, clusters = np.arange(1.0, 9.0)[None], [0, 0, 1, 1, 2, 2, 3, 3]
    assert sign_flip_p(row, rng(), flips=256, clusters=clusters) == [2 / 16]
    assert sign_flip_p(row, rng(), flips=256) == [2 / 256]


def test_empty_and_invalid_samples():
    assert sign_flip_p(np.empty((2, 0)), rng(), flips=99) == [None, None]
    with pytest.raises(ValueError, match="NaN"):
        sign_flip_p([[np.nan]], rng(), flips=99)


@cache
def value_minus_null(seed, follows=0.0, images=25):
    """Return value minus null by metric, (n,).

    Args:
        seed: of the random maps.
        follows: how much the SSIM deficits follow the CAMs.
        images: number of images, n.
    """
    maps = rng(seed).random((3, images, 7, 7))
    ids = [f"{n:02d}" for n in range(images)]
    cams, textures, deficits = (dict(zip(ids, grids, strict=True)) for grids in maps)
    deficits = {image: deficits[image] + follows * cams[image] for image in ids}
    measured = Maps(cams, {}, textures, {"x": {"deficit": deficits}})
    differences = {}
    for overlap in overlaps(measured, OverlapSettings(top=0.2, null_draws=5, seed=seed)):
        if overlap.null is not None:
            differences.setdefault(overlap.metric, []).append(overlap.value - overlap.null)
    return {metric: np.array(values) for metric, values in differences.items()}


#: The primary endpoint, and others whose differences have to be centred on 0 as well.
AGAINST_NULLS = (
    SPEARMAN_CAM,
    Metric("shift_rank", "cam"),
    Metric("over_texture", "cam"),
    Metric("over_centre", "cam"),
    PARTIAL_CAM,
)


@pytest.mark.parametrize("metric", AGAINST_NULLS, ids=lambda metric: metric.label)
def test_p_values_against_every_null_are_uniform_on_independent_random_maps(metric):
    found = []
    for seed in range(1000, 1300):
        # Random numbers other than those of the maps.
        found += sign_flip_p(value_minus_null(seed)[metric][None], rng([seed, 1]), flips=199)
    assert kstest(found, "uniform").pvalue > 0.01


@pytest.mark.parametrize("metric", AGAINST_NULLS, ids=lambda metric: metric.label)
def test_maps_that_follow_their_cams_are_above_every_null(metric):
    differences = value_minus_null(0, follows=0.5)[metric]
    assert differences.mean() > 0.1
    [p] = sign_flip_p(differences[None], rng(), flips=9999)
    assert p < 0.001
