"""The primary endpoint of a run, the only one that is tested.

Per image: Spearman's correlation of the SSIM deficit with the CAM of the true class on the CAM's
grid, minus the mean of the same with other images' CAMs. Each attack and each control has one
sign-flip permutation test, and Holm's correction is over all of them.
"""

from collections.abc import Collection, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.statistics.effects import holm
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals
from ssimball.statistics.permutation import sign_flip_p, smallest_p
from ssimball.statistics.power import FEWEST, detectable_d_z, units_needed
from ssimball.statistics.units import Array, UnitKind, checked, units_of


class Verdict(StrEnum):
    """What the corrected test says about the primary endpoint; values are stored."""

    ABOVE = "above null"
    BELOW = "below null"
    UNCLEAR = "no significant difference"
    #: No p-value of so few units could have been below the level after the correction.
    TOO_FEW = "too few"


@dataclass(frozen=True)
class PrimaryResult:
    """The primary endpoint of one attack: a row of contracts.overlap.PRIMARY.

    Attributes:
        attack: name of the attack.
        is_control: whether it is a control.
        n: images with a value and a null.
        n_missing: images of the run without one of them.
        units: number of independent units among the n images.
        unit_kind: ``images`` or ``classes``.
        unit_reason: why these are the units.
        effect: mean over images of value minus null.
        ci_low: lower end of its interval, not corrected.
        ci_high: upper end.
        p: p-value of the test, not corrected; None where there is no image.
        p_holm: p-value after the correction.
        verdict: what the test says.
        resolvable: effect that so many units show with probability 0.8.
        images_needed: images with which an effect of this size would be shown with probability 0.8.
        reason: why there is no effect or no interval.
    """

    attack: str
    is_control: bool
    n: int
    n_missing: int
    units: int
    unit_kind: UnitKind
    unit_reason: str
    effect: float | None
    ci_low: float | None
    ci_high: float | None
    p: float | None
    p_holm: float | None
    verdict: Verdict
    resolvable: float | None
    images_needed: int | None
    reason: str | None

    def row(self) -> dict[str, object]:
        """Return the result as columns of the table."""
        names = {"unit_kind": self.unit_kind.value, "verdict": self.verdict.value}
        return asdict(self) | names


@dataclass(frozen=True)
class Sample:
    """Value minus null of one attack, and the test of its mean, not yet corrected.

    Attributes:
        attack: name of the attack.
        n: images with a value and a null.
        n_missing: images without one of them.
        unit_means: (units,), the mean of each unit.
        mean: mean over images with its interval.
        p: p-value, None where there is no image.
        smallest_p: the smallest p-value that so few units could have had.
    """

    attack: str
    n: int
    n_missing: int
    unit_means: Array
    mean: Interval
    p: float | None
    smallest_p: float


def primary_results(
    overlap: pd.DataFrame, attacks: Sequence[str], controls: Collection[str], inference: Inference
) -> list[PrimaryResult]:
    """Test the primary endpoint of every attack and control of a run.

    Args:
        overlap: columns image_id, attack, measure, reference, distortion, value, reason, null_value
            and null_reason of contracts.overlap.OVERLAP.
        attacks: names of all attacks and controls of the run, in the order of the result.
        controls: those that are controls.
        inference: settings of intervals and tests; each attack has random numbers of its own.

    Returns:
        A result per attack, also where no image has a value.
    """
    primary = SPEARMAN_CAM.rows_of(overlap)
    samples = [_sample(name, primary[primary["attack"] == name], inference) for name in attacks]
    corrected = holm([sample.p for sample in samples])
    family = np.array([sample.p for sample in samples if sample.p is not None])
    return [
        _result(sample, p_holm, family, sample.attack in controls, inference)
        for sample, p_holm in zip(samples, corrected, strict=True)
    ]


def _sample(attack: str, rows: pd.DataFrame, inference: Inference) -> Sample:
    """Value minus null over the images that have both, sorted by image."""
    by_image = rows.set_index("image_id").sort_index()
    change = (by_image["value"].astype(float) - by_image["null_value"].astype(float)).dropna()
    differences, clusters = checked([change]), inference.clusters(change.index)
    # As in summary.parquet, whose difference of this metric is the same number.
    [mean] = mean_intervals(
        differences, inference.rng(attack, "mean"), **inference.bootstrap(clusters)
    )
    if not len(change):
        mean = Interval(None, reason=_why_none(by_image))
    units = units_of(len(change), clusters)
    flips = inference.flips
    [p] = sign_flip_p(differences, inference.rng(attack, "flips"), flips=flips, clusters=clusters)
    return Sample(
        attack=attack,
        n=len(change),
        n_missing=len(by_image) - len(change),
        unit_means=units.means(differences)[0],
        mean=mean,
        p=p,
        smallest_p=smallest_p(units.count, flips),
    )


def _why_none(rows: pd.DataFrame) -> str:
    """Say why no image has both a value and a null, by the most frequent reason."""
    reasons = rows["reason"].fillna(rows["null_reason"]).dropna()
    return f"no image has one: {reasons.mode()[0]}" if len(reasons) else "no image"


def _result(
    sample: Sample, p_holm: float | None, family: Array, is_control: bool, inference: Inference
) -> PrimaryResult:
    """Decide the test of one attack in its family of p-values."""
    alpha, units, mean = 1 - inference.confidence, len(sample.unit_means), sample.mean
    # Holm's factor counts the hypotheses whose p-values are not smaller.
    attainable = sample.smallest_p * np.count_nonzero(family >= sample.smallest_p)
    verdict = _verdict(mean.value, p_holm, attainable, alpha)
    worst = alpha / max(1, len(family))
    significant = verdict in (Verdict.ABOVE, Verdict.BELOW)
    needed = None if significant else _units_needed(sample, worst)
    return PrimaryResult(
        attack=sample.attack,
        is_control=is_control,
        n=sample.n,
        n_missing=sample.n_missing,
        units=units,
        unit_kind=inference.units.kind,
        unit_reason=inference.units.reason,
        effect=mean.value,
        ci_low=mean.low,
        ci_high=mean.high,
        p=sample.p,
        p_holm=p_holm,
        verdict=verdict,
        resolvable=_resolvable(sample, worst),
        images_needed=needed and int(np.ceil(needed * sample.n / units)),
        reason=mean.reason,
    )


def _verdict(effect: float | None, p: float | None, attainable: float, alpha: float) -> Verdict:
    if effect is None or p is None:
        return Verdict.TOO_FEW
    if p < alpha:
        return Verdict.ABOVE if effect > 0 else Verdict.BELOW
    return Verdict.UNCLEAR if attainable < alpha else Verdict.TOO_FEW


def _deviation(unit_means: Array) -> float | None:
    """Standard deviation of the units, None where it is no estimate."""
    if len(unit_means) < FEWEST or np.ptp(unit_means) == 0:
        return None
    return float(unit_means.std(ddof=1))


def _resolvable(sample: Sample, level: float) -> float | None:
    """The effect found with power 0.8; None where no test of so few units could find any."""
    deviation = _deviation(sample.unit_means)
    if deviation is None or sample.smallest_p >= level:
        return None
    return deviation * detectable_d_z(len(sample.unit_means), level)


def _units_needed(sample: Sample, level: float) -> int | None:
    """Units with which an effect of the sample's size would be found with power 0.8."""
    effect, deviation = sample.mean.value, _deviation(sample.unit_means)
    if not effect or deviation is None:
        return None
    # As many as the exact test needs for any p-value below the level.
    testable = 2 + int(np.floor(-np.log2(level)))
    return units_needed(effect / deviation, level, max(testable, len(sample.unit_means) + 1))
