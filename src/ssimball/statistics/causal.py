"""The causal test across images: rates, means, and paired differences between sets of cells."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ssimball.runtime.randomness import generator
from ssimball.statistics.causal_tests import DROP, RATE, correct, paired_tests
from ssimball.statistics.intervals import mean_intervals, rate_intervals
from ssimball.statistics.units import Array, units

Row = dict[str, Any]

#: Metric, and the column of contracts.causal.CAUSAL it is the mean of.
METRICS = {RATE: "fooled", DROP: "margin_drop", "l2": "l2", "mean_ssim": "mean_ssim"}
#: What the sets of cells are compared in.
COMPARED = (RATE, DROP)
SETS = ("all", "top", "bottom", "random", "rest_of_top")
ORDERS = ("deficit", "cam", "random")
#: By the set or order that is compared, what is subtracted from it.
AGAINST = {"top": ("bottom", "random"), "deficit": ("cam", "random")}


def summarise_causal(
    causal: pd.DataFrame,
    curves: pd.DataFrame,
    references: pd.DataFrame,
    *,
    confidence: float,
    resamples: int,
    seed: int,
) -> list[Row]:
    """Each attack's parts and curves over images: rows of contracts.causal.CAUSAL_SUMMARY.

    Numbers of one attack, area and terms are over the images that have all of them, so they can be
    compared. All images with a perturbation count, whether or not it fools as a whole: the set
    ``all`` says how many it does. Where classes repeat among these images, classes are the units of
    all intervals and tests. Rates of independent images have Wilson's interval and their
    differences McNemar's exact test; all else has a bootstrap interval and, where it is a
    difference, a sign-flip permutation test. Verdicts are those of the tests after Holm's
    correction, see :mod:`ssimball.statistics.causal_tests`; intervals are not corrected.

    Args:
        causal: columns attack, image_id, label, set, area, terms and those of METRICS, a row per
            part.
        curves, references: columns attack (curves), image_id, order, kind, area, of images that
            ``causal`` has too.
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.
        resamples: bootstrap resamples.
        seed: each attack, area and terms has its own random numbers derived from it.
    """
    classes = dict(zip(causal["image_id"], causal["label"], strict=True))
    settings = _Settings(confidence, resamples, seed, classes)
    rows: list[Row] = []
    for attack in causal["attack"].unique():
        own = causal[causal["attack"] == attack]
        tables = [
            *_of_parts(attack, own),
            _of_curves(attack, curves[curves["attack"] == attack], references),
        ]
        for table in tables:
            rows += _rows(table, settings)
    correct(rows, confidence)
    return rows


@dataclass(frozen=True)
class _Table:
    """Values by image (rows), metric and set (columns), NaN where there is none."""

    where: Row
    values: pd.DataFrame
    sets: Sequence[str]
    compared: Sequence[str]


@dataclass(frozen=True)
class _Settings:
    confidence: float
    resamples: int
    seed: int
    classes: Mapping[str, object]

    def rng(self, table: _Table, *purpose: str) -> np.random.Generator:
        return generator(self.seed, "causal", *map(str, table.where.values()), *purpose)

    def resampling(self, clusters: Sequence[object]) -> dict[str, Any]:
        level, resamples = self.confidence, self.resamples
        return {"confidence": level, "resamples": resamples, "clusters": clusters}


@dataclass(frozen=True)
class _Quantity:
    """A metric of a set, or its difference to that of another set."""

    metric: str
    set: str
    against: str | None = None

    def sample(self, table: pd.DataFrame) -> Array:
        own = table[self.metric, self.set].to_numpy(np.float64)
        if self.against is None:
            return own
        difference: Array = own - table[self.metric, self.against].to_numpy(np.float64)
        return difference


def _of_parts(attack: str, causal: pd.DataFrame) -> Iterator[_Table]:
    named = causal.rename(columns={column: metric for metric, column in METRICS.items()})
    named = named.astype(dict.fromkeys(METRICS, float))
    for (terms, area), group in named.groupby(["terms", "area"]):
        sets = [name for name in SETS if (group["set"] == name).any()]
        if sets:
            where = {"attack": attack, "area": area, "terms": terms}
            values = group.pivot(index="image_id", columns="set", values=list(METRICS))
            yield _Table(where, values, sets, COMPARED)


def _of_curves(attack: str, curves: pd.DataFrame, references: pd.DataFrame) -> _Table:
    both = pd.concat([curves, references[references["image_id"].isin(curves["image_id"])]])
    both = both.assign(metric=both["kind"] + "_area", area=both["area"].astype(float))
    values = both.pivot(index="image_id", columns=["metric", "order"], values="area")
    metrics = list(dict.fromkeys(both["metric"]))
    return _Table({"attack": attack, "area": None, "terms": None}, values, ORDERS, metrics)


def _rows(table: _Table, settings: _Settings) -> list[Row]:
    complete = table.values.dropna()
    clusters = [settings.classes[image] for image in complete.index]
    common = {**table.where, "n": len(complete), "n_missing": len(table.values) - len(complete)}
    common["units"] = units(len(complete), clusters).name
    quantities = list(_quantities(table))
    samples = np.array([one.sample(complete) for one in quantities])
    rows: list[Row] = [
        {**common, "metric": one.metric, "set": one.set, "against": one.against, **interval}
        for one, interval in zip(
            quantities, _intervals(table, quantities, samples, clusters, settings), strict=True
        )
    ]
    compared = [place for place, one in enumerate(quantities) if one.against]
    metrics = [quantities[place].metric for place in compared]
    found = paired_tests(metrics, samples[compared], clusters, settings.rng(table, "flips"))
    for place, test in zip(compared, found, strict=True):
        rows[place] |= test
    return rows


def _intervals(
    table: _Table,
    quantities: Sequence[_Quantity],
    samples: Array,
    clusters: Sequence[object],
    settings: _Settings,
) -> Iterator[Row]:
    rng, resampling = settings.rng(table), settings.resampling(clusters)
    means = mean_intervals(samples, rng, **resampling)
    for one, sample, found in zip(quantities, samples, means, strict=True):
        if one.metric == RATE and one.against is None:
            [found] = rate_intervals(sample[None], rng, **resampling)
        yield {"mean": found.value, "ci_low": found.low, "ci_high": found.high}


def _quantities(table: _Table) -> Iterator[_Quantity]:
    for metric in dict.fromkeys(table.values.columns.get_level_values(0)):
        for name in table.sets:
            yield _Quantity(metric, name)
        if metric in table.compared:
            for name in table.sets:
                for other in AGAINST.get(name, ()):
                    yield _Quantity(metric, name, other)
