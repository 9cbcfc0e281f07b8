"""The causal test across images: rates, means, and paired differences between sets of cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from statsmodels.stats.contingency_tables import mcnemar

from ssimball.randomness import generator
from ssimball.statistics.intervals import mean_intervals, rate_interval

Row = dict[str, Any]

RATE = "fooling_rate"
#: Metric, and the column of contracts.causal.CAUSAL it is the mean of.
METRICS = {RATE: "fooled", "margin_drop": "margin_drop", "l2": "l2", "mean_ssim": "mean_ssim"}
#: What the sets of cells are compared in.
COMPARED = (RATE, "margin_drop")
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
    ``all`` says how many it does. Rates have Wilson's interval, means and differences a bootstrap
    interval; differences of rates have McNemar's exact test. Nothing is corrected for the number of
    comparisons.

    Args:
        causal: columns attack, image_id, set, area, terms and those of METRICS, a row per part.
        curves, references: columns attack (curves), image_id, order, kind, area.
        confidence: confidence level of the intervals, in (0, 1).
        resamples: bootstrap resamples.
        seed: each attack, area and terms has its own random numbers derived from it.
    """
    rows: list[Row] = []
    for attack in causal["attack"].unique():
        own = causal[causal["attack"] == attack]
        tables = [
            *_of_parts(attack, own),
            _of_curves(attack, curves[curves["attack"] == attack], references),
        ]
        for table in tables:
            rng = generator(seed, "causal", *map(str, table.where.values()))
            rows += _rows(table, rng, confidence, resamples)
    return rows


@dataclass(frozen=True)
class _Table:
    """Values by image (rows), metric and set (columns), NaN where there is none."""

    where: Row
    values: pd.DataFrame
    sets: Sequence[str]
    compared: Sequence[str]


@dataclass(frozen=True)
class _Quantity:
    """A metric of a set, or its difference to that of another set."""

    metric: str
    set: str
    against: str | None = None

    def sample(self, table: pd.DataFrame) -> np.ndarray[Any, Any]:
        own = table[self.metric, self.set].to_numpy()
        return own if self.against is None else own - table[self.metric, self.against].to_numpy()


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


def _rows(table: _Table, rng: np.random.Generator, confidence: float, resamples: int) -> list[Row]:
    complete = table.values.dropna()
    counts = {"n": len(complete), "n_missing": len(table.values) - len(complete)}
    quantities = list(_quantities(table))
    samples = np.array([one.sample(complete) for one in quantities])
    intervals = mean_intervals(samples, rng, confidence=confidence, resamples=resamples)
    rows = []
    for one, sample, found in zip(quantities, samples, intervals, strict=True):
        row = {**table.where, "metric": one.metric, "set": one.set, "against": one.against}
        row |= {**counts, "mean": found.value, "ci_low": found.low, "ci_high": found.high}
        if one.metric == RATE and len(sample):
            row |= _mcnemar(sample) if one.against else _wilson(sample, confidence)
        rows.append(row)
    return rows


def _quantities(table: _Table) -> Iterator[_Quantity]:
    for metric in dict.fromkeys(table.values.columns.get_level_values(0)):
        for name in table.sets:
            yield _Quantity(metric, name)
        if metric in table.compared:
            for name in table.sets:
                for other in AGAINST.get(name, ()):
                    yield _Quantity(metric, name, other)


def _wilson(fooled: np.ndarray[Any, Any], confidence: float) -> Row:
    found = rate_interval(int(fooled.sum()), len(fooled), confidence)
    return {"ci_low": found.low, "ci_high": found.high}


def _mcnemar(differences: np.ndarray[Any, Any]) -> Row:
    """Of images fooled by one part (+1), by the other (-1), by both or neither (0)."""
    own, other = int((differences > 0).sum()), int((differences < 0).sum())
    p_value = float(mcnemar([[0, own], [other, 0]], exact=True).pvalue)
    return {"only_set": own, "only_against": other, "p_value": p_value}
