"""Tests of the causal test's paired differences, and their correction by families."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from statsmodels.stats.contingency_tables import mcnemar

from ssimball.statistics.permutation import FLIPS, sign_flip_p, smallest_exact_p, smallest_p
from ssimball.statistics.units import Array, units
from ssimball.statistics.verdicts import Tested, decide

Row = dict[str, Any]

RATE, DROP = "fooling_rate", "margin_drop"
CURVES = ("deletion_area", "insertion_area")
#: Metrics whose comparisons are corrected together, over all attacks, areas, terms and pairs.
FAMILIES = ((RATE,), (DROP,), CURVES)
MCNEMAR, SIGN_FLIPS = "mcnemar", "sign_flips"


def paired_tests(
    metrics: Sequence[str],
    differences: Array,
    clusters: Sequence[object],
    rng: np.random.Generator,
) -> list[Row]:
    """Columns only_set, only_against, test and p_value of contracts.causal.CAUSAL_SUMMARY.

    McNemar's exact test takes images as independent. Where classes repeat, rates have the sign-flip
    test by class instead, which all other metrics have always.

    Args:
        metrics: of each row.
        differences: (k, n); of fooling rates -1, 0 or 1.
        clusters: the class of each image, (n,).
        rng: for the sign flips.

    Returns:
        k rows, with ``smallest_p`` for :func:`correct` beside.
    """
    groups = units(differences.shape[1], clusters)
    flips = sign_flip_p(differences, rng, flips=FLIPS, clusters=clusters)
    smallest = smallest_p(groups.count, FLIPS)
    rows: list[Row] = []
    for metric, sample, p in zip(metrics, differences, flips, strict=True):
        row: Row = {"test": SIGN_FLIPS, "p_value": p, "smallest_p": smallest}
        if metric == RATE and len(sample):
            own, other = int((sample > 0).sum()), int((sample < 0).sum())
            row |= {"only_set": own, "only_against": other}
            if groups.single:
                row |= _mcnemar(own, other, len(sample))
        rows.append(row)
    return rows


def correct(rows: Sequence[Row], confidence: float) -> None:
    """Add p_holm and verdict to the rows with a test, by :data:`FAMILIES`; drop smallest_p."""
    for family in FAMILIES:
        mine = [row for row in rows if row["metric"] in family and row["against"]]
        tested = [Tested(row["mean"], row["p_value"], row.pop("smallest_p")) for row in mine]
        for row, (p, verdict) in zip(mine, decide(tested, confidence), strict=True):
            row |= {"p_holm": p, "verdict": verdict}


def _mcnemar(own: int, other: int, count: int) -> Row:
    """Of images fooled by one part alone and by the other alone, out of ``count``."""
    p = float(mcnemar([[0, own], [other, 0]], exact=True).pvalue)
    return {"test": MCNEMAR, "p_value": p, "smallest_p": smallest_exact_p(count)}
