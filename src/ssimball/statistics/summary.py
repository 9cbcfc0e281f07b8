"""Each attack's facts and overlap metrics over images, and metrics compared with their null."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from ssimball.overlap.measures import PRIMARY
from ssimball.overlap.metric import Quantity, by_metric, quantity_columns
from ssimball.statistics.attack_summary import AttackSummary, QuantitySummary, Sample
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval
from ssimball.statistics.verdicts import Decision, Tested, decide

#: Facts of an attacked image that are averaged. Timings stay out: they differ between equal runs.
FACTS = (
    "mean_ssim",
    "min_ssim",
    "mean_ssim_luma",
    "ms_ssim",
    "pass_similarity",
    "psnr",
    "linf",
    "l2",
    "l1",
    "l0",
    "clean_margin",
    "margin",
    "matched",
    "gap",
    "budget",
    "smallest_budget",
    "forward_passes",
    "backward_passes",
)
#: Facts that only some attacks, image sizes or comparisons have.
SOMETIMES = ("ms_ssim", "pass_similarity", "matched", "gap", "budget", "smallest_budget")


@dataclass(frozen=True)
class DecidedSummary:
    """A quantity of one attack over images, and the decision where it has a null."""

    quantity: QuantitySummary
    decision: Decision | None

    def row(self) -> dict[str, Any]:
        """Return a row of contracts.overlap.SUMMARY."""
        quantity, difference = self.quantity, self.quantity.difference
        return {
            "attack": quantity.attack,
            **quantity_columns(quantity.quantity),
            "n": quantity.n,
            "n_missing": quantity.n_missing,
            **_ends("mean", "ci", quantity.mean),
            **_ends("median", "median_ci", quantity.median),
            **_ends("null_mean", "null_ci", quantity.null),
            **_ends("difference", "difference_ci", difference.mean if difference else None),
            "p_null": difference and difference.p,
            "p_null_holm": self.decision and self.decision.p_holm,
            "effect_size": difference and difference.effect_size,
            "resolvable": difference and difference.resolvable,
            "verdict": self.decision and self.decision.verdict.value,
        }


def summarise(
    overlap: pd.DataFrame,
    facts: pd.DataFrame,
    inference: Inference,
    averaged: Sequence[str] = FACTS,
) -> list[dict[str, Any]]:
    """Summarise each attack's facts and overlap metrics over images.

    Means and medians have BCa intervals over images, see :mod:`ssimball.statistics.intervals`; the
    fooling rate, over images with a stored adversarial image, has Wilson's. A metric is compared
    with its null by value minus null, image by image. The mean of these differences has an
    interval, an effect size and the p-value of a sign-flip permutation test. Where classes repeat,
    all of these take classes as units, and the fooling rate's interval is BCa too. Images count
    whether or not they fool the network. See :func:`decided` for verdicts.

    Args:
        overlap: columns image_id, attack, measure, reference, distortion, value and null_value of
            contracts.overlap.OVERLAP.
        facts: columns image_id, attack, status, success and those of ``averaged`` of
            contracts.attacks.ATTACKS, one row per image and attack, in the order of attacks of the
            result.
        inference: settings of intervals and tests; each attack has random numbers of its own.
        averaged: the facts to average, of :data:`FACTS`.

    Returns:
        Rows of contracts.overlap.SUMMARY.
    """
    quantities: list[QuantitySummary] = []
    for attack in facts["attack"].unique():
        mine = facts[facts["attack"] == attack].set_index("image_id")
        summary = AttackSummary(attack, inference)
        quantities.append(summary.fooling_rate(mine))
        samples = _samples(overlap[overlap["attack"] == attack], mine, averaged)
        quantities += summary.quantities(dict(samples))
    return [summary.row() for summary in decided(quantities, inference.confidence)]


def decided(quantities: Sequence[QuantitySummary], confidence: float) -> list[DecidedSummary]:
    """Decide all quantities with a null, in two families.

    Verdicts are those of the permutation tests after Holm's correction over all attacks and
    metrics. The metrics of :data:`~ssimball.overlap.measures.PRIMARY` are one family and all others
    another. Intervals are not corrected.

    Args:
        quantities: of all attacks.
        confidence: 1 - level of the tests.
    """
    decisions: dict[int, Decision] = {}
    tests = {
        index: Tested(difference.mean.value, difference.p, difference.smallest_p)
        for index, quantity in enumerate(quantities)
        if (difference := quantity.difference) is not None
    }
    for primary in (True, False):
        family = [i for i in tests if (quantities[i].quantity in PRIMARY) == primary]
        found = decide([tests[index] for index in family], confidence)
        decisions |= zip(family, found, strict=True)
    return [
        DecidedSummary(quantity, decisions.get(index)) for index, quantity in enumerate(quantities)
    ]


def _samples(
    overlap: pd.DataFrame, facts: pd.DataFrame, averaged: Sequence[str]
) -> Iterator[tuple[Quantity, Sample]]:
    """Facts and metrics of one attack, image by image."""
    for fact in averaged:
        column = facts[fact].astype(float)
        if fact not in SOMETIMES or column.notna().any():
            yield fact, Sample(column)
    nulls = by_metric(overlap, "null_value")
    for metric, values in by_metric(overlap, "value").items():
        yield metric, Sample(values, nulls[metric] if metric.has_null else None)


def _ends(value: str, end: str, interval: Interval | None) -> dict[str, float | None]:
    """Columns of a value and both ends of its interval."""
    ends = interval or Interval(None)
    return {value: ends.value, f"{end}_low": ends.low, f"{end}_high": ends.high}
