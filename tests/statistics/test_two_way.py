"""The mean over networks and images: special cases with known answers, and its coverage."""

import numpy as np
import pytest
from scipy.stats import t

from ssimball.statistics.two_way import two_way_mean


def t_interval(sample):
    half = t.ppf(0.975, len(sample) - 1) * sample.std(ddof=1) / len(sample) ** 0.5
    return sample.mean() - half, sample.mean() + half


@pytest.mark.parametrize("networks_differ", [True, False])
def test_where_one_factor_alone_varies_it_is_student_s_interval(networks_differ):
    sample = np.random.default_rng(0).normal(1, 2, 6)
    table = np.repeat(sample[:, None], 9, axis=1)
    found = two_way_mean(table if networks_differ else table.T, 0.95)
    assert (found.low, found.high) == pytest.approx(t_interval(sample))
    assert found.between == pytest.approx(sample.std(ddof=1) if networks_differ else 0)
    assert found.df == pytest.approx(5)


@pytest.mark.parametrize(
    ("of_networks", "of_images", "of_rest"), [(1, 1, 1), (0.3, 1, 0.3), (0, 0.2, 1)]
)
def test_the_interval_covers_the_mean_of_other_networks_and_images(of_networks, of_images, of_rest):
    rng, tries = np.random.default_rng(1), 1500
    covered = 0
    for _ in range(tries):
        table = of_networks * rng.normal(size=(7, 1)) + of_images * rng.normal(size=(1, 40))
        found = two_way_mean(table + of_rest * rng.normal(size=(7, 40)), 0.95)
        covered += found.low <= 0 <= found.high
    # Two standard errors below 95 %; to be wider is no fault.
    assert covered / tries > 0.938


def test_without_two_of_each_there_is_a_mean_and_no_interval():
    assert two_way_mean(np.zeros((7, 0)), 0.95).mean is None
    found = two_way_mean([[1.0, 2.0]], 0.95)
    assert (found.mean, found.low) == (1.5, None)
    # All values equal.
    assert two_way_mean(np.ones((3, 4)), 0.95).low is None
