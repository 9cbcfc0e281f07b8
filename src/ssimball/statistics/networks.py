"""Statements about several networks: a test of each, and how many of them agree.

Each statement is about a value of every image, such as the primary endpoint. It has one two-sided
sign-flip test on each network. Holm's correction is over all statements and networks. Networks are
counted; the mean over them has an interval for other networks and other images.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from ssimball.statistics.effects import holm
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals
from ssimball.statistics.permutation import sign_flip_p
from ssimball.statistics.primary import Verdict
from ssimball.statistics.two_way import TwoWayMean, two_way_mean
from ssimball.statistics.units import checked, units_of

#: Value of each image, by image.
Values = pd.Series


@dataclass(frozen=True)
class OnNetwork:
    """A statement on one network.

    Attributes:
        statement: name of the statement.
        network: name of the network.
        n: images with a value.
        units: independent units among them.
        mean: mean with its interval, not corrected.
        p: two-sided p-value, not corrected; None where it is not tested or has no image.
        p_holm: p-value after the correction over all tests.
    """

    statement: str
    network: str
    n: int
    units: int
    mean: Interval
    p: float | None = None
    p_holm: float | None = None

    def verdict(self, level: float) -> Verdict | None:
        """Return what the test says; None where there is none."""
        if self.p_holm is None or self.mean.value is None:
            return None
        if self.p_holm >= level:
            return Verdict.UNCLEAR
        return Verdict.ABOVE if self.mean.value > 0 else Verdict.BELOW

    def is_significant(self, level: float) -> bool:
        """Return whether the test says that the mean is not 0."""
        return self.verdict(level) in (Verdict.ABOVE, Verdict.BELOW)


@dataclass(frozen=True)
class AcrossNetworks:
    """A statement over all networks.

    Attributes:
        statement: name of the statement.
        networks: networks with a value.
        above, below, unclear: of these, how many have such a verdict; None where it is not tested.
        lowest, highest: range of the networks' means; None without any.
        common: images with a value on every network.
        pooled: mean over the units among these images and all networks.
    """

    statement: str
    networks: int
    above: int | None
    below: int | None
    unclear: int | None
    lowest: float | None
    highest: float | None
    common: int
    pooled: TwoWayMean


def on_networks(
    values: Mapping[str, Mapping[str, Values]],
    tested: Sequence[str],
    inference: Mapping[str, Inference],
) -> list[OnNetwork]:
    """Estimate every statement on every network, and test those that are to be tested.

    Args:
        values: by statement and network, the value of each image that has one.
        tested: statements that have a test.
        inference: by network, settings of intervals and tests.
    """
    found = [
        _estimate(statement, network, sample.sort_index(), statement in tested, inference[network])
        for statement, by_network in values.items()
        for network, sample in by_network.items()
    ]
    corrected = holm([one.p for one in found])
    return [
        OnNetwork(one.statement, one.network, one.n, one.units, one.mean, one.p, p_holm)
        for one, p_holm in zip(found, corrected, strict=True)
    ]


def _estimate(
    statement: str, network: str, sample: Values, is_tested: bool, inference: Inference
) -> OnNetwork:
    table, clusters = checked([sample.to_numpy(np.float64)]), inference.clusters(sample.index)
    [mean] = mean_intervals(
        table, inference.rng("networks", statement), **inference.bootstrap(clusters)
    )
    p = None
    if is_tested:
        rng = inference.rng("networks", statement, "flips")
        [p] = sign_flip_p(table, rng, flips=inference.flips, clusters=clusters)
    units = units_of(len(sample), clusters).count
    return OnNetwork(statement, network, len(sample), units, mean, p)


def across_networks(
    found: Sequence[OnNetwork],
    values: Mapping[str, Mapping[str, Values]],
    inference: Inference,
) -> list[AcrossNetworks]:
    """Count the networks that agree on each statement, and average over networks and images.

    Args:
        found: the statements on each network.
        values: as for :func:`on_networks`.
        inference: settings of the interval; its classes are the units where classes repeat.
    """
    return [
        _across(statement, [one for one in found if one.statement == statement], columns, inference)
        for statement, columns in values.items()
    ]


def _across(
    statement: str,
    found: Sequence[OnNetwork],
    columns: Mapping[str, Values],
    inference: Inference,
) -> AcrossNetworks:
    level = 1 - inference.confidence
    verdicts = [one.verdict(level) for one in found]
    is_tested = any(verdict is not None for verdict in verdicts)
    means = [one.mean.value for one in found if one.mean.value is not None]
    table = pd.DataFrame(columns).dropna().sort_index()
    units = units_of(len(table), inference.clusters(table.index))
    of_units = units.means(checked(table.to_numpy(np.float64).T))

    def count(verdict: Verdict) -> int | None:
        return verdicts.count(verdict) if is_tested else None

    return AcrossNetworks(
        statement=statement,
        networks=len(means),
        above=count(Verdict.ABOVE),
        below=count(Verdict.BELOW),
        unclear=count(Verdict.UNCLEAR),
        lowest=min(means, default=None),
        highest=max(means, default=None),
        common=len(table),
        pooled=two_way_mean(of_units, inference.confidence),
    )
