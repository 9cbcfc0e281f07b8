"""The resolvable difference compared with the noncentral t distribution and a simulation."""

import numpy as np
import pytest
from scipy.stats import nct, t, ttest_1samp

from ssimball.statistics.power import detectable_d_z, resolvable


def power(d, count, confidence):
    """Return the power of the two-sided one-sample t test; Cohen (1988), section 2.3."""
    limit, shift = t.ppf((1 + confidence) / 2, count - 1), d * np.sqrt(count)
    return nct.sf(limit, count - 1, shift) + nct.cdf(-limit, count - 1, shift)


@pytest.mark.parametrize("confidence", [0.9, 0.95, 0.99])
@pytest.mark.parametrize("count", [4, 6, 40, 107, 50_000])
def test_power_at_the_detectable_effect_is_four_fifths(count, confidence):
    assert power(detectable_d_z(count, confidence), count, confidence) == pytest.approx(
        0.8, abs=1e-3
    )


def test_a_resolvable_difference_is_found_as_often_as_it_should_in_a_simulation():
    rng = np.random.default_rng(0)
    sample = rng.normal(0.1, 0.3, 50)
    found = resolvable(sample, confidence=0.95)
    assert found.difference == pytest.approx(found.d_z * sample.std(ddof=1))
    draws = rng.normal(found.difference, sample.std(ddof=1), (4000, 50))
    # Standard deviation of the rate: 0.006.
    assert np.mean(ttest_1samp(draws, 0, axis=1).pvalue < 0.05) == pytest.approx(0.8, abs=0.025)
    assert (found.count, found.unit_kind) == (50, "images")


def test_classes_are_units_and_few_or_equal_differences_resolve_nothing():
    sample, clusters = np.arange(12.0) ** 2, np.arange(12) // 2
    found = resolvable(sample, confidence=0.95, clusters=clusters)
    means = sample.reshape(6, 2).mean(axis=1)
    assert (found.count, found.unit_kind) == (6, "classes")
    assert found.difference == pytest.approx(detectable_d_z(6, 0.95) * means.std(ddof=1))
    assert resolvable([1.0, 2.0, 4.0], confidence=0.95) is None
    assert resolvable([1.0] * 8, confidence=0.95) is None
    assert resolvable(sample, confidence=0.95, clusters=np.arange(12) // 4) is None
    with pytest.raises(ValueError, match="NaN"):
        resolvable([1.0, np.nan], confidence=0.95)
