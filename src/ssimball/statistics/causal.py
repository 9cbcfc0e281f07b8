"""The causal test across images: rates, means, and paired differences between sets of cells."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ssimball.statistics.causal_tables import CausalTable, Difference, curve_table, part_tables
from ssimball.statistics.causal_tests import RATE, CausalTest, decide_by_family, paired_tests
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, rate_intervals
from ssimball.statistics.units import Array, units_of
from ssimball.statistics.verdicts import Decision, Tested


@dataclass(frozen=True)
class CausalSummary:
    """A metric of a set of cells over images, or its difference from that of another set.

    Attributes:
        table: where the values come from: attack, area and condition.
        difference: the metric, the set, and the set that is subtracted.
        n: images with all values of the table.
        unit_kind: what is independent, ``images`` or ``classes``.
        mean: the mean with its interval.
        test: the test of a difference, None where nothing is subtracted.
    """

    table: CausalTable
    difference: Difference
    n: int
    unit_kind: str
    mean: Interval
    test: CausalTest | None

    def row(self, decision: Decision | None) -> dict[str, Any]:
        """Return a row of contracts.causal.CAUSAL_SUMMARY."""
        test = self.test
        return {
            "attack": self.table.attack,
            "metric": self.difference.metric,
            "area": self.table.area,
            "terms": self.table.condition,
            "set": self.difference.set,
            "against": self.difference.against,
            "n": self.n,
            "n_missing": len(self.table.values) - self.n,
            "mean": self.mean.value,
            "ci_low": self.mean.low,
            "ci_high": self.mean.high,
            "units": self.unit_kind,
            "only_set": test and test.only_set,
            "only_against": test and test.only_against,
            "test": test and test.name,
            "p_value": test and test.p,
            "p_holm": decision and decision.p_holm,
            "verdict": decision and decision.verdict.value,
        }


def summarise_causal(
    causal: pd.DataFrame, curves: pd.DataFrame, references: pd.DataFrame, inference: Inference
) -> list[dict[str, Any]]:
    """Summarise the causal test of each attack over images.

    Numbers of one attack, area and condition are over the images that have all of them, so that
    they can be compared. All images with a perturbation count, whether or not it fools the network
    as a whole; the set ``all`` says how often it does. Rates of independent images have Wilson's
    interval and their differences McNemar's exact test. Everything else has a bootstrap interval
    and, where it is a difference, a sign-flip permutation test. Where classes repeat, all of these
    take classes as units. Verdicts follow Holm's correction, see
    :mod:`ssimball.statistics.causal_tests`; intervals are not corrected.

    Args:
        causal: columns attack, image_id, label, set, area, terms and those of
            :data:`~ssimball.statistics.causal_tables.METRICS`, a row per part.
        curves: columns attack, image_id, order, kind, area, of images that ``causal`` has too.
        references: columns image_id, order, kind, area, of images that ``causal`` has too.
        inference: settings of intervals and tests. Classes are the labels of ``causal``.

    Returns:
        Rows of contracts.causal.CAUSAL_SUMMARY.
    """
    classes = dict(zip(causal["image_id"], causal["label"], strict=True))
    summaries: list[CausalSummary] = []
    for attack in causal["attack"].unique():
        tables = list(part_tables(attack, causal[causal["attack"] == attack]))
        tables.append(curve_table(attack, curves[curves["attack"] == attack], references))
        for table in tables:
            clusters = [classes[image] for image in table.complete.index]
            summaries += _summaries(table, clusters, inference)
    return _rows(summaries, inference.confidence)


def _summaries(
    table: CausalTable, clusters: Sequence[object], inference: Inference
) -> list[CausalSummary]:
    """All means and differences of a table."""
    differences = list(table.differences())
    samples = np.array([one.sample(table.complete) for one in differences])
    compared = [index for index, one in enumerate(differences) if one.against]
    metrics = [differences[index].metric for index in compared]
    rng = inference.rng("causal", *table.purpose, "flips")
    tests = dict(
        zip(compared, paired_tests(metrics, samples[compared], clusters, rng), strict=True)
    )
    n = len(table.complete)
    kind = units_of(n, clusters).kind
    means = _intervals(table, differences, samples, clusters, inference)
    return [
        CausalSummary(table, difference, n, kind, mean, tests.get(index))
        for index, (difference, mean) in enumerate(zip(differences, means, strict=True))
    ]


def _intervals(
    table: CausalTable,
    differences: Sequence[Difference],
    samples: Array,
    clusters: Sequence[object],
    inference: Inference,
) -> Iterator[Interval]:
    rng = inference.rng("causal", *table.purpose)
    bootstrap = inference.bootstrap(clusters)
    means = mean_intervals(samples, rng, **bootstrap)
    for difference, sample, mean in zip(differences, samples, means, strict=True):
        if difference.metric == RATE and difference.against is None:
            [mean] = rate_intervals(sample[None], rng, **bootstrap)
        yield mean


def _rows(summaries: Sequence[CausalSummary], confidence: float) -> list[dict[str, Any]]:
    """Rows of the contract, with decisions where there is a test."""
    tested: dict[int, Tested] = {}
    for index, summary in enumerate(summaries):
        if summary.test is not None:
            test = summary.test
            tested[index] = Tested(summary.mean.value, test.p, test.smallest_p)
    metrics = [summaries[index].difference.metric for index in tested]
    decided = decide_by_family(metrics, list(tested.values()), confidence)
    decisions = dict(zip(tested, decided, strict=True))
    return [summary.row(decisions.get(index)) for index, summary in enumerate(summaries)]
