"""Tests of claims, against scipy's exact permutation test and a test of known power."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import permutation_test

from ssimball.config.claims import Claim
from ssimball.statistics.claims import Outcome, run_tests
from ssimball.statistics.inference import Inference

INFERENCE = Inference(confidence=0.95, resamples=199, seed=0)


def claim(direction="above", d_z=1.0, name="place"):
    return Claim.model_validate(
        {"name": name, "says": "It is so.", "endpoint": "overlap", "of": "ssim_ball"}
        | {"direction": direction, "d_z": d_z}
    )


def values(mean, count, seed=1):
    drawn = np.random.default_rng(seed).normal(mean, 1.0, count)
    return pd.Series(drawn, [f"image-{i:03d}" for i in range(count)])


@pytest.mark.parametrize(("direction", "alternative"), [("above", "greater"), ("below", "less")])
def test_the_p_value_is_that_of_an_exact_one_sided_test(direction, alternative):
    sample = values(0.4, 9)
    [tested] = run_tests([claim(direction)], {"place": sample}, INFERENCE)
    exact = permutation_test(
        (sample,), np.mean, permutation_type="samples", alternative=alternative, n_resamples=np.inf
    )
    # Beside the tail that is as extreme, scipy counts the observed value on both sides.
    assert tested.p == pytest.approx(exact.pvalue, abs=2**-9)


@pytest.mark.parametrize(
    ("mean", "count", "outcome"),
    [
        (1.0, 60, Outcome.CONFIRMED),
        (0.0, 60, Outcome.NOT_CONFIRMED),
        (0.0, 6, Outcome.TOO_FEW),
        (-3.0, 6, Outcome.NOT_CONFIRMED),  # clearly on the other side
        (0.0, 0, Outcome.TOO_FEW),
    ],
)
def test_outcomes(mean, count, outcome):
    [tested] = run_tests([claim()], {"place": values(mean, count)}, INFERENCE)
    assert tested.outcome is outcome


def test_holm_corrects_over_all_claims_and_more_claims_need_more_images():
    sample = values(0.5, 9)  # few enough for exact tests, which are equal
    [alone] = run_tests([claim()], {"place": sample}, INFERENCE)
    names = ["place", *"abcd"]
    family = run_tests(
        [claim(name=name) for name in names], dict.fromkeys(names, sample), INFERENCE
    )
    assert family[0].p == alone.p
    assert family[0].p_holm == pytest.approx(min(1.0, 5 * alone.p))
    assert family[0].images_needed > alone.images_needed
