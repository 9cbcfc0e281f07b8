"""The causal test across images: rates, means, and paired differences between sets of cells."""

from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pandas as pd

from ssimball.statistics.causal_tables import (
    RATE,
    CausalTable,
    Difference,
    curve_table,
    part_tables,
)
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals, rate_intervals
from ssimball.statistics.units import Array


def summarise_causal(
    causal: pd.DataFrame, curves: pd.DataFrame, references: pd.DataFrame, inference: Inference
) -> list[dict[str, Any]]:
    """Summarise the causal test of each attack over images.

    Nothing is tested across images. Numbers of one attack, area and condition are over the images
    that have all of them, so that they can be compared. All images with a perturbation count,
    whether or not it fools the network as a whole; the set ``all`` says how often it does. Rates of
    independent images have Wilson's interval, everything else a bootstrap interval.

    Args:
        causal: columns attack, image_id, set, area, terms and those of
            :data:`~ssimball.statistics.causal_tables.METRICS`, a row per part.
        curves: columns attack, image_id, order, kind, area, of images that ``causal`` has too.
        references: columns image_id, order, kind, area, of images that ``causal`` has too.
        inference: settings of intervals.

    Returns:
        Rows of contracts.causal.CAUSAL_SUMMARY.
    """
    rows: list[dict[str, Any]] = []
    for attack in causal["attack"].unique():
        tables = list(part_tables(attack, causal[causal["attack"] == attack]))
        tables.append(curve_table(attack, curves[curves["attack"] == attack], references))
        for table in tables:
            rows += _rows(table, inference)
    return rows


def _rows(table: CausalTable, inference: Inference) -> Iterator[dict[str, Any]]:
    """All means and differences of a table."""
    differences = list(table.differences())
    samples = np.array([one.sample(table.complete) for one in differences])
    means = _intervals(table, differences, samples, inference)
    n = len(table.complete)
    for difference, mean in zip(differences, means, strict=True):
        yield {
            "attack": table.attack,
            "metric": difference.metric,
            "area": table.area,
            "terms": table.condition,
            "set": difference.set,
            "against": difference.against,
            "n": n,
            "n_missing": len(table.values) - n,
            "mean": mean.value,
            "ci_low": mean.low,
            "ci_high": mean.high,
            "unit_kind": inference.units.kind.value,
        }


def _intervals(
    table: CausalTable, differences: Sequence[Difference], samples: Array, inference: Inference
) -> Iterator[Interval]:
    rng = inference.rng("causal", *table.purpose)
    bootstrap = inference.bootstrap(inference.clusters(table.complete.index))
    means = mean_intervals(samples, rng, **bootstrap)
    for difference, sample, mean in zip(differences, samples, means, strict=True):
        if difference.metric == RATE and difference.against is None:
            [mean] = rate_intervals(sample[None], rng, **bootstrap)
        yield mean
