"""Each attack's facts and overlap metrics over images, and values set against their null."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from ssimball.overlap.measures import PRIMARY
from ssimball.runtime.randomness import generator
from ssimball.statistics.effects import d_z
from ssimball.statistics.frames import by_images
from ssimball.statistics.intervals import Interval, mean_intervals, median_intervals, rate_intervals
from ssimball.statistics.permutation import FLIPS, sign_flip_p, smallest_p
from ssimball.statistics.power import resolvable
from ssimball.statistics.units import Array, units
from ssimball.statistics.verdicts import Tested, decide
from ssimball.storage.status import has_stored_image

Row = dict[str, Any]

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
#: Of these, what only some attacks, sizes or comparisons have.
SOMETIMES = ("ms_ssim", "pass_similarity", "matched", "gap", "budget", "smallest_budget")


def summarise(
    overlap: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    confidence: float,
    resamples: int,
    seed: int,
    classes: Mapping[str, object] | None = None,
    averaged: Sequence[str] = FACTS,
) -> list[Row]:
    """Each attack's facts and overlap metrics over images: rows of contracts.overlap.SUMMARY.

    Means and medians have BCa intervals over images, see :mod:`ssimball.statistics.intervals`; the
    fooling rate, over images with a stored adversarial image, has Wilson's. A metric is set against
    its null by value less null, image by image: their mean has an interval, an effect size and the
    p-value of a sign-flip permutation test. Where classes repeat, classes are the units of all of
    these, and the fooling rate's interval is BCa too. Images count whether or not they fool.

    The verdict is that of the permutation test after Holm's correction over all attacks and metrics
    with a null, those of :data:`~ssimball.overlap.measures.PRIMARY` and all others being a family
    each. Intervals are not corrected.

    Args:
        overlap: columns image_id, attack, metric, value of contracts.overlap.OVERLAP.
        facts: columns image_id, attack, status, success and those of ``averaged`` of
            contracts.attacks.ATTACKS, one row per image and attack; the order of attacks is that
            of the result.
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.
        resamples: bootstrap resamples.
        seed: each attack has its own random numbers derived from it.
        classes: the class of each image, e.g. its label; without, images are the units.
        averaged: of :data:`FACTS`, those to tell.
    """
    rows: list[Row] = []
    for attack in facts["attack"].unique():
        own = facts[facts["attack"] == attack].set_index("image_id")
        statistics = _Statistics(attack, confidence, resamples, seed, classes)
        rows.append({"attack": attack, **statistics.fooling_rate(own)})
        found = statistics.of(dict(_samples(overlap[overlap["attack"] == attack], own, averaged)))
        rows += [{"attack": attack, "metric": metric, **row} for metric, row in found.items()]
    _decide(rows, confidence)
    return rows


def _samples(
    overlap: pd.DataFrame, facts: pd.DataFrame, averaged: Sequence[str]
) -> Iterator[tuple[str, pd.DataFrame]]:
    """Metric and a frame with a row per image: ``value`` and, for overlap metrics, ``null``."""
    for fact in averaged:
        column = facts[fact].astype(float)
        if fact not in SOMETIMES or column.notna().any():
            yield fact, pd.DataFrame({"value": column})
    wide = overlap.pivot(index="image_id", columns="metric", values="value").astype(float)
    for metric in overlap["metric"].unique():
        if not metric.endswith("_null"):
            columns = {"value": metric, "null": f"{metric}_null"}
            present = {name: wide[column] for name, column in columns.items() if column in wide}
            yield metric, pd.DataFrame(present)


@dataclass(frozen=True)
class _Statistics:
    """Of one attack; all metrics with the same images share their resamples."""

    attack: str
    confidence: float
    resamples: int
    seed: int
    classes: Mapping[str, object] | None

    def fooling_rate(self, facts: pd.DataFrame) -> Row:
        """The row of the fooling rate, over images with a stored adversarial image."""
        stored = facts.loc[facts["status"].map(has_stored_image), "success"]
        success = {"fooling_rate": stored.astype(bool).astype(float)}
        rate = by_images(success, self.classes, self._rates)["fooling_rate"]
        row: Row = {
            "metric": "fooling_rate",
            "n": len(stored),
            "n_missing": len(facts) - len(stored),
        }
        return row | _columns(("mean", "ci_low", "ci_high"), rate)

    def of(self, samples: Mapping[str, pd.DataFrame]) -> dict[str, Row]:
        """A row for each metric, without p_null_holm and verdict."""
        values = {metric: frame["value"] for metric, frame in samples.items()}
        means = by_images(values, self.classes, self._means)
        medians = by_images(values, self.classes, self._medians)
        rows: dict[str, Row] = {}
        for metric, column in values.items():
            known = int(column.notna().sum())
            row: Row = {"n": known, "n_missing": len(column) - known}
            row |= _columns(("mean", "ci_low", "ci_high"), means[metric])
            row |= _columns(("median", "median_ci_low", "median_ci_high"), medians[metric])
            rows[metric] = row
        # The null and the difference are over the images that have both.
        both = {metric: f.dropna() for metric, f in samples.items() if "null" in f}
        nulls = by_images({m: f["null"] for m, f in both.items()}, self.classes, self._means)
        changes = {metric: frame["value"] - frame["null"] for metric, frame in both.items()}
        for metric, row in by_images(changes, self.classes, self._against_null).items():
            names = ("null_mean", "null_ci_low", "null_ci_high")
            rows[metric] |= _columns(names, nulls[metric]) | row
        return rows

    def _means(self, samples: Array, clusters: Any) -> list[Interval]:
        return mean_intervals(samples, self._rng("mean"), **self._settings(clusters))

    def _rates(self, samples: Array, clusters: Any) -> list[Interval]:
        return rate_intervals(samples, self._rng("rate"), **self._settings(clusters))

    def _medians(self, samples: Array, clusters: Any) -> list[Interval]:
        return median_intervals(samples, self._rng("median"), **self._settings(clusters))

    def _against_null(self, differences: Array, clusters: Any) -> list[Row]:
        groups = units(differences.shape[1], clusters)
        means = self._means(differences, clusters)
        p = sign_flip_p(differences, self._rng("flips"), flips=FLIPS, clusters=clusters)
        names = ("difference", "difference_ci_low", "difference_ci_high")
        rows = []
        for i, unit_means in enumerate(groups.means(differences)):
            power = resolvable(differences[i], confidence=self.confidence, clusters=clusters)
            row = {"p_null": p[i], "effect_size": d_z(unit_means), "units": groups.count}
            row |= {"resolvable": power.difference if power else None}
            rows.append(row | _columns(names, means[i]))
        return rows

    def _rng(self, purpose: str) -> np.random.Generator:
        return generator(self.seed, self.attack, purpose)

    def _settings(self, clusters: Any) -> dict[str, Any]:
        level, resamples = self.confidence, self.resamples
        return {"confidence": level, "resamples": resamples, "clusters": clusters}


def _columns(names: tuple[str, str, str], found: Interval) -> Row:
    return dict(zip(names, (found.value, found.low, found.high), strict=True))


def _decide(rows: list[Row], confidence: float) -> None:
    """Add p_null_holm and verdict to the rows with a null, by families of the correction."""
    tested = [row for row in rows if "p_null" in row]
    _decide_family([row for row in tested if row["metric"] in PRIMARY], confidence)
    _decide_family([row for row in tested if row["metric"] not in PRIMARY], confidence)


def _decide_family(family: list[Row], confidence: float) -> None:
    tested = [
        Tested(row["difference"], row["p_null"], smallest_p(row.pop("units"), FLIPS))
        for row in family
    ]
    for row, (p, verdict) in zip(family, decide(tested, confidence), strict=True):
        row |= {"p_null_holm": p, "verdict": verdict}
