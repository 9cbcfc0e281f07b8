"""McNemar's test and sign flips of paired differences, with and without repeated classes."""

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import mcnemar

from ssimball.statistics.causal_tests import DROP, RATE, paired_tests

CLASSES, IMAGES = 12, 5


def rng(seed=0):
    return np.random.default_rng(seed)


def test_sign_flips_of_independent_images_agree_with_mcnemars_exact_test():
    # Sign flips of -1, 0 and 1 are the binomial distribution of the discordant pairs.
    differences = rng().choice([-1.0, 0.0, 1.0], (20, 16), p=[0.1, 0.5, 0.4])
    for row in differences:
        rate, drop = paired_tests([RATE, DROP], np.stack([row, row]), range(16), rng())
        own, other = (row > 0).sum(), (row < 0).sum()
        assert (rate.name, drop.name) == ("mcnemar", "sign_flips")
        expected = mcnemar([[3, own], [other, 5]], exact=True).pvalue
        assert rate.p == pytest.approx(expected)
        assert drop.p == pytest.approx(expected)


def alike_by_class(seed):
    """Return differences of rates, -1, 0 or 1 equally often, the same for all images of a class."""
    one_each = rng(seed).choice([-1.0, 0.0, 1.0], CLASSES)
    return np.repeat(one_each, IMAGES)[None]


def test_where_classes_repeat_only_tests_by_class_hold_their_level():
    clusters = np.repeat(np.arange(CLASSES), IMAGES)
    tests = [paired_tests([RATE], alike_by_class(n), clusters, rng(n))[0] for n in range(600)]
    assert {test.name for test in tests} == {"sign_flips"}
    # Standard error of 0.05 over 600: 0.009.
    assert np.mean([test.p <= 0.05 for test in tests]) < 0.05 + 3 * 0.009
    naive = [
        mcnemar([[0, test.only_set], [test.only_against, 0]], exact=True).pvalue for test in tests
    ]
    assert np.mean(np.array(naive) <= 0.05) > 0.2


def test_a_difference_of_every_class_is_found():
    clusters = np.repeat(np.arange(CLASSES), IMAGES)
    [test] = paired_tests([RATE], np.ones((1, len(clusters))), clusters, rng())
    assert test.p == test.smallest_p == 2 / 2**CLASSES
    assert (test.only_set, test.only_against) == (CLASSES * IMAGES, 0)
    [none] = paired_tests([RATE], np.empty((1, 0)), [], rng())
    assert none.p is None
