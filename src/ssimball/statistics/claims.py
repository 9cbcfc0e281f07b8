"""Test claims that were fixed before the images were seen.

Each claim has one one-sided sign-flip permutation test; Holm's correction is over all claims.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pandas as pd

from ssimball.config.claims import Claim
from ssimball.statistics.effects import d_z, holm
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals
from ssimball.statistics.permutation import sign_flip_p
from ssimball.statistics.power import units_needed
from ssimball.statistics.units import checked, units_of


class Outcome(StrEnum):
    """What a run says about a claim."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not confirmed"
    TOO_FEW = "too few images"


@dataclass(frozen=True)
class TestedClaim:
    """A claim and what a run says about it.

    Attributes:
        claim: the claim.
        n: images with a value.
        units: independent units among them.
        mean: mean of the values with its interval, not corrected.
        observed_d_z: mean over standard deviation of the units; None where it is not defined.
        p: one-sided p-value, not corrected; None where no image has a value.
        p_holm: p-value after the correction over all claims.
        images_needed: images with which an effect as large as in the exploratory study is found
            with probability 0.8 at the strictest level of the correction; None: over a million.
        outcome: what follows.
    """

    claim: Claim
    n: int
    units: int
    mean: Interval
    observed_d_z: float | None
    p: float | None
    p_holm: float | None
    images_needed: int | None
    outcome: Outcome


def run_tests(
    claims: Sequence[Claim], values: Mapping[str, pd.Series], inference: Inference
) -> list[TestedClaim]:
    """Test all claims of a run.

    Args:
        claims: the claims, with distinct names.
        values: by name of claim, the value of each image that has one, indexed by image.
        inference: settings of intervals and tests; each claim has random numbers of its own.
    """
    samples = [values[claim.name].sort_index() for claim in claims]
    p_values = [_p(claim, sample, inference) for claim, sample in zip(claims, samples, strict=True)]
    return [
        _tested(claim, sample, p, p_holm, len(claims), inference)
        for claim, sample, p, p_holm in zip(claims, samples, p_values, holm(p_values), strict=True)
    ]


def _p(claim: Claim, sample: "pd.Series[float]", inference: Inference) -> float | None:
    """One-sided p-value. Sign flips are symmetric, so it is half of the two-sided one."""
    differences, clusters = checked([sample]), inference.clusters(sample.index)
    rng = inference.rng("claim", claim.name, "flips")
    [p] = sign_flip_p(differences, rng, flips=inference.flips, clusters=clusters)
    if p is None:
        return None
    return p / 2 if _signed(claim, sample.mean()) > 0 else 1 - p / 2


def _signed(claim: Claim, value: float) -> float:
    return value if claim.direction == "above" else -value


def _tested(
    claim: Claim,
    sample: "pd.Series[float]",
    p: float | None,
    p_holm: float | None,
    family: int,
    inference: Inference,
) -> TestedClaim:
    level, clusters = 1 - inference.confidence, inference.clusters(sample.index)
    units = units_of(len(sample), clusters)
    [mean] = mean_intervals(
        checked([sample]), inference.rng("claim", claim.name), **inference.bootstrap(clusters)
    )
    # A one-sided test at a level finds what a two-sided one finds at twice that.
    needed = units_needed(claim.d_z, 2 * level / family)
    outcome = _outcome(claim, mean, p_holm, level, needed is None or units.count < needed)
    return TestedClaim(
        claim=claim,
        n=len(sample),
        units=units.count,
        mean=mean,
        observed_d_z=d_z(units.means(checked([sample]))[0]),
        p=p,
        p_holm=p_holm,
        images_needed=needed and int(np.ceil(needed * len(sample) / max(1, units.count))),
        outcome=outcome,
    )


def _outcome(
    claim: Claim, mean: Interval, p_holm: float | None, level: float, is_small: bool
) -> Outcome:
    if p_holm is not None and p_holm < level:
        return Outcome.CONFIRMED
    ends = [_signed(claim, end) for end in (mean.low, mean.high) if end is not None]
    if ends and max(ends) < 0:
        return Outcome.NOT_CONFIRMED
    return Outcome.TOO_FEW if is_small else Outcome.NOT_CONFIRMED
