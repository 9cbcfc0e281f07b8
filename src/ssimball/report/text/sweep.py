"""The rows of sensitivity.parquet as read-only objects, made once: levels and their estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ssimball.overlap.metric import SPEARMAN_CAM, Quantity, quantity_of
from ssimball.report.text.estimates import Estimate
from ssimball.report.text.formatting import Row

_MISSING = Estimate()


@dataclass(frozen=True)
class Level:
    """One value of one factor of the sweep, of the base attack or of the control.

    Attributes:
        factor: what is changed.
        value: what it is changed to.
        attack: name of the attack whose images are measured.
        is_base: whether this is the run as configured.
        estimates: by quantity, which is a metric or the name of a fact.
    """

    factor: str
    value: str
    attack: str
    is_base: bool
    estimates: Mapping[Quantity, Estimate]

    @property
    def name(self) -> str:
        """Factor and value, such as ``tau none``."""
        return f"{self.factor} {self.value}"

    @property
    def main(self) -> Estimate:
        """The estimate whose difference is the primary endpoint."""
        return self.estimate(SPEARMAN_CAM)

    def estimate(self, quantity: Quantity) -> Estimate:
        """Return an estimate; one without any value where there is none."""
        return self.estimates.get(quantity, _MISSING)


@dataclass(frozen=True)
class Sweep:
    """All levels of one attack.

    Attributes:
        levels: in the order of the table.
    """

    levels: tuple[Level, ...]

    @property
    def base(self) -> Level:
        """The attack as configured."""
        return next(level for level in self.levels if level.is_base)

    @property
    def changed(self) -> list[Level]:
        """The levels with one change that have an effect."""
        return [
            level
            for level in self.levels
            if not level.is_base and level.main.difference is not None
        ]

    @property
    def reversed(self) -> list[Level]:
        """The changed levels whose effect has another sign than as configured."""
        own = self.base.main.difference or 0.0
        return [level for level in self.changed if (level.main.difference or 0.0) * own < 0]

    @property
    def unclear(self) -> list[Level]:
        """The changed levels whose interval includes 0."""
        return [level for level in self.changed if _includes_zero(level.main)]


def sweeps_of(rows: Sequence[Row]) -> tuple[Sweep, Sweep | None]:
    """Return the sweep of the base attack and that of the control, if there is one.

    Args:
        rows: rows of contracts.sensitivity.SENSITIVITY; levels keep their order.
    """
    base, control = (
        _levels_of([row for row in rows if row["is_control"] == is_control])
        for is_control in (False, True)
    )
    return Sweep(base), Sweep(control) if control else None


def _levels_of(rows: Sequence[Row]) -> tuple[Level, ...]:
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["factor"], row["level"]), []).append(row)
    return tuple(
        Level(
            factor=factor,
            value=value,
            attack=group[0]["attack"],
            is_base=group[0]["is_base"],
            estimates=MappingProxyType({quantity_of(row): Estimate.from_row(row) for row in group}),
        )
        for (factor, value), group in grouped.items()
    )


def _includes_zero(estimate: Estimate) -> bool:
    low, high = estimate.difference_ci_low, estimate.difference_ci_high
    return low is not None and high is not None and low <= 0 <= high
