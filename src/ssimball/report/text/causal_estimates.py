"""The rows of causal_summary.parquet as read-only objects, made once for one area of the parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import NamedTuple

from ssimball.report.text.formatting import Row, none_if_nan

#: Conditions under which parts of a perturbation are compared.
EQUAL_AREA, EQUAL_ENERGY = "equal_area", "equal_energy"


class Quantity(NamedTuple):
    """What an estimate of the causal test is of.

    Attributes:
        metric: fooling_rate, margin_drop, deletion_area or insertion_area.
        condition: EQUAL_AREA or EQUAL_ENERGY; None for curves.
        part: the set of cells that is kept, or the order of a curve.
        compared_with: the set or order subtracted from it; None for no difference.
    """

    metric: str
    condition: str | None
    part: str
    compared_with: str | None = None


@dataclass(frozen=True)
class CausalEstimate:
    """One row of contracts.causal.CAUSAL_SUMMARY.

    Attributes:
        n: images with a value.
        mean: mean over images, of the difference where there is one.
        ci_low: lower end of its confidence interval.
        ci_high: upper end.
    """

    n: int = 0
    mean: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None

    @classmethod
    def from_row(cls, row: Row) -> "CausalEstimate":
        """Read a row; missing columns and NaN become None."""
        columns = ("mean", "ci_low", "ci_high")
        return cls(n=row["n"], **{name: none_if_nan(row.get(name)) for name in columns})


_MISSING = CausalEstimate()


@dataclass(frozen=True)
class CausalResults:
    """The causal test of a run at one area.

    Attributes:
        attacks: names of the attacks, in their order.
        area: share of the cells in a part.
        unit_kind: what intervals take as independent: images or classes.
        estimates: by attack and quantity.
    """

    attacks: tuple[str, ...]
    area: float
    unit_kind: str
    estimates: Mapping[tuple[str, Quantity], CausalEstimate]

    @classmethod
    def from_rows(cls, rows: Sequence[Row], top: float) -> "CausalResults":
        """Read rows of contracts.causal.CAUSAL_SUMMARY at the area nearest to ``top``."""
        areas = {row["area"] for row in rows if row["set"] == "top"}
        area = min(areas, key=lambda candidate: abs(candidate - top))
        # The whole perturbation has the area 1, curves have none.
        shown = [row for row in rows if none_if_nan(row["area"]) in (area, 1.0, None)]
        return cls(
            attacks=tuple(dict.fromkeys(row["attack"] for row in rows)),
            area=area,
            unit_kind=rows[0]["unit_kind"],
            estimates=MappingProxyType(
                {(row["attack"], _quantity(row)): CausalEstimate.from_row(row) for row in shown}
            ),
        )

    def estimate(self, attack: str, quantity: Quantity) -> CausalEstimate:
        """Return an estimate; one without any value where there is none."""
        return self.estimates.get((attack, quantity), _MISSING)


def _quantity(row: Row) -> Quantity:
    return Quantity(
        metric=row["metric"],
        condition=none_if_nan(row["terms"]),
        part=row["set"],
        compared_with=none_if_nan(row["against"]),
    )
