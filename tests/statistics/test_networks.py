"""Statements about networks on samples whose means are known."""

import numpy as np
import pandas as pd
import pytest

from ssimball.statistics.effects import holm
from ssimball.statistics.inference import Inference
from ssimball.statistics.networks import across_networks, on_networks
from ssimball.statistics.primary import Verdict

IMAGES = [f"i{number:02d}" for number in range(40)]
INFERENCE = Inference(confidence=0.95, resamples=99, seed=0, flips=9999)


def sample(mean, seed, images=40):
    values = np.random.default_rng(seed).normal(size=images)
    values += mean - values.mean()
    return pd.Series(values, IMAGES[-images:])


@pytest.fixture(scope="module")
def values():
    return {
        "place": {"a": sample(1, 0), "b": sample(2, 1, images=30), "c": sample(-1, 2)},
        "class": {"a": sample(0.05, 3), "b": sample(1, 4), "c": sample(0, 5)},
        "rate": {"a": sample(0.5, 6), "b": sample(0.5, 7), "c": sample(0.5, 8)},
    }


@pytest.fixture(scope="module")
def found(values):
    return on_networks(values, ["place", "class"], dict.fromkeys("abc", INFERENCE))


def test_tests_are_corrected_over_all_statements_and_networks(found):
    assert [one.p_holm for one in found] == holm([one.p for one in found])
    assert sum(one.p is not None for one in found) == 6
    verdicts = {(one.statement, one.network): one.verdict(0.05) for one in found}
    assert verdicts["place", "a"] is verdicts["class", "b"] is Verdict.ABOVE
    assert verdicts["place", "c"] is Verdict.BELOW
    assert verdicts["class", "a"] is Verdict.UNCLEAR
    assert verdicts["rate", "a"] is None
    assert [one.n for one in found[:3]] == [40, 30, 40]


def test_networks_are_counted_and_averaged_over_the_images_that_all_have(found, values):
    place, of_class, rate = across_networks(found, values, INFERENCE)
    assert (place.above, place.below, place.unclear) == (2, 1, 0)
    assert (of_class.above, of_class.below, of_class.unclear) == (1, 0, 2)
    assert rate.above is None
    assert (place.lowest, place.highest, place.common) == (pytest.approx(-1), pytest.approx(2), 30)
    common = pd.DataFrame(values["place"]).dropna()
    assert place.pooled.mean == pytest.approx(common.to_numpy().mean())


def test_classes_are_the_units_where_they_repeat(values):
    classes = {image: number // 2 for number, image in enumerate(IMAGES)}
    by_class = Inference(confidence=0.95, resamples=99, seed=0, flips=9999, classes=classes)
    [first, *_] = on_networks(values, [], dict.fromkeys("abc", by_class))
    assert (first.n, first.units) == (40, 20)
