"""Resolvable effects and needed images compared with statsmodels and simulations."""

import numpy as np
import pytest
from scipy.stats import chi, norm, t
from statsmodels.stats.power import TTestPower

from ssimball.statistics.permutation import sign_flip_p
from ssimball.statistics.power import MOST, detectable_d_z, units_needed


def power(d, count, level):
    """Return the power of the two-sided one-sample t test, over all standard deviations."""
    limit, shift, spread = t.isf(level / 2, count - 1), d * np.sqrt(count), chi(count - 1)
    deviations = np.linspace(*spread.ppf([1e-9, 1 - 1e-9]), 20_001)
    scaled = limit * deviations / np.sqrt(count - 1)
    found = norm.sf(scaled - shift) + norm.cdf(-scaled - shift)
    return np.trapezoid(found * spread.pdf(deviations), deviations)


@pytest.mark.parametrize("level", [0.1, 0.05, 0.05 / 20])
@pytest.mark.parametrize("count", [4, 6, 40, 107, 50_000])
def test_power_at_the_detectable_effect_is_four_fifths(count, level):
    assert power(detectable_d_z(count, level), count, level) == pytest.approx(0.8, abs=1e-3)


@pytest.mark.parametrize("level", [0.05, 0.05 / 20])
@pytest.mark.parametrize("d", [0.02, 0.2, -0.5, 1.0])
def test_needed_units_are_the_fewest_with_a_power_of_four_fifths(d, level):
    solution = TTestPower().solve_power(effect_size=abs(d), alpha=level, power=0.8)
    assert units_needed(d, level) == np.ceil(solution)


def test_large_and_tiny_effects_have_bounds():
    # Power grows to 1, also where the noncentral t distribution has a huge shift.
    assert [units_needed(d, 0.05) for d in (3.0, 50.0, 1e6)] == [4, 4, 4]
    assert units_needed(3.0, 0.05, at_least=20) == 20
    assert units_needed(0.0034, 0.05) < MOST
    assert units_needed(1e-3, 0.05) is units_needed(1e-9, 0.05) is None


def test_the_sign_flip_test_finds_such_an_effect_about_as_often():
    # The test of a run, with an effect for which 40 units are needed.
    rng, level = np.random.default_rng(0), 0.05 / 4
    d = detectable_d_z(40, level)
    assert units_needed(d, level) in (40, 41)
    samples = rng.normal(d, 1.0, (800, 40))
    found = np.array(sign_flip_p(samples, rng, flips=1999)) <= level
    # Standard deviation of the rate: 0.014.
    assert np.mean(found) == pytest.approx(0.8, abs=0.04)
