"""A comparison of networks as one object, from which text, tables, figures and page are made."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import Any

from ssimball.report.networks.statements import Roles, Statement
from ssimball.statistics.networks import AcrossNetworks, OnNetwork


@dataclass(frozen=True)
class ComparedNetwork:
    """A network of the comparison.

    Attributes:
        name: its name.
        correct: images that it classifies correctly.
        cells: height and width of its CAM.
        is_exact: whether its CAM is exact; otherwise it is Grad-CAM of the last feature maps.
    """

    name: str
    correct: int
    cells: tuple[int, int]
    is_exact: bool


@dataclass(frozen=True)
class Comparison:
    """What is known of all networks.

    Attributes:
        images: number of images of every run.
        networks: the networks, in the order of the tables.
        mean_ssim: the common mean SSIM.
        confidence: confidence level of the intervals; 1 - level of the tests.
        roles: attacks by their role.
        statements: the statements.
        estimates: each statement on each network.
        across: each statement over all networks.
        transfer: rows of contracts.networks.TRANSFER.
        remade_within: by how many logits the margin of a confined image that was made again
            differs at most from the stored one; None without such images.
    """

    images: int
    networks: tuple[ComparedNetwork, ...]
    mean_ssim: float
    confidence: float
    roles: Roles
    statements: tuple[Statement, ...]
    estimates: Sequence[OnNetwork]
    across: Sequence[AcrossNetworks]
    transfer: Sequence[dict[str, Any]]
    remade_within: float | None

    @property
    def tests(self) -> int:
        """Number of tests that Holm's correction is over."""
        return sum(one.p is not None for one in self.estimates)

    @cached_property
    def _estimates(self) -> dict[tuple[str, str], OnNetwork]:
        return {(one.statement, one.network): one for one in self.estimates}

    @cached_property
    def _across(self) -> dict[str, AcrossNetworks]:
        return {one.statement: one for one in self.across}

    def on(self, statement: str, network: str) -> OnNetwork | None:
        """Return a statement on a network; None where the runs do not allow it."""
        return self._estimates.get((statement, network))

    def over(self, statement: str) -> AcrossNetworks | None:
        """Return a statement over all networks; None where the runs do not allow it."""
        return self._across.get(statement)

    def network_rows(self) -> list[dict[str, Any]]:
        """Return rows of contracts.networks.NETWORKS."""
        return [self._row(one) for one in self.estimates]

    def _row(self, one: OnNetwork) -> dict[str, Any]:
        verdict = one.verdict(1 - self.confidence)
        return {
            **self._named(one.statement),
            "network": one.network,
            "n": one.n,
            "units": one.units,
            "mean": one.mean.value,
            "ci_low": one.mean.low,
            "ci_high": one.mean.high,
            "p": one.p,
            "p_holm": one.p_holm,
            "verdict": None if verdict is None else verdict.value,
        }

    def across_rows(self) -> list[dict[str, Any]]:
        """Return rows of contracts.networks.ACROSS."""
        rows = []
        for one in self.across:
            row = asdict(one)
            pooled = row.pop("pooled")
            ends = {"ci_low": pooled["low"], "ci_high": pooled["high"]}
            row |= {"mean": pooled["mean"], **ends, "between": pooled["between"]}
            rows.append(self._named(one.statement) | row)
        return rows

    def _named(self, statement: str) -> dict[str, Any]:
        [found] = [one for one in self.statements if one.name == statement]
        names = {"endpoint": found.endpoint, "of": found.of, "minus": found.minus}
        return {"statement": found.name, **names}
