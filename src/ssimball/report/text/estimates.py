"""The rows of summary.parquet as read-only objects, by attack and metric."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType

from ssimball.overlap.metric import (
    SPEARMAN_CAM,
    Quantity,
    quantity_of,
)
from ssimball.report.text.formatting import Row, none_if_nan, number

FOOLING_RATE, MEAN_SSIM = "fooling_rate", "mean_ssim"


@dataclass(frozen=True)
class Estimate:
    """One metric of one attack over images: a row of contracts.overlap.SUMMARY.

    Attributes:
        n: images with a value.
        mean: mean over images.
        ci_low: lower end of its confidence interval.
        ci_high: upper end.
        median: median over images.
        null_mean: mean of the null.
        difference: mean of value minus null, image by image.
        difference_ci_low: lower end of its confidence interval.
        difference_ci_high: upper end.
    """

    n: int | None = None
    mean: float | None = None
    ci_low: float | None = None
    ci_high: float | None = None
    median: float | None = None
    null_mean: float | None = None
    difference: float | None = None
    difference_ci_low: float | None = None
    difference_ci_high: float | None = None

    @classmethod
    def from_row(cls, row: Row) -> "Estimate":
        """Read the columns of a row; missing ones and NaN become None."""
        return cls(**{field.name: none_if_nan(row.get(field.name)) for field in fields(cls)})


_MISSING = Estimate()


@dataclass(frozen=True)
class Summary:
    """All estimates of a run.

    Attributes:
        attacks: names of the attacks, in their order.
        estimates: by attack and quantity, which is a metric or the name of a fact.
    """

    attacks: tuple[str, ...]
    estimates: Mapping[tuple[str, Quantity], Estimate]

    @classmethod
    def from_rows(cls, rows: Sequence[Row]) -> "Summary":
        """Make the summary of rows of contracts.overlap.SUMMARY."""
        estimates = {(row["attack"], quantity_of(row)): Estimate.from_row(row) for row in rows}
        attacks = tuple(dict.fromkeys(row["attack"] for row in rows))
        return cls(attacks, MappingProxyType(estimates))

    def estimate(self, attack: str, quantity: Quantity = SPEARMAN_CAM) -> Estimate:
        """Return an estimate; one without any value where the summary has none."""
        return self.estimates.get((attack, quantity), _MISSING)

    def number(self, attack: str, quantity: Quantity, style: str, column: str = "mean") -> str:
        """Return an attribute of an estimate as text, "-" where there is none."""
        return number(getattr(self.estimate(attack, quantity), column), style)
