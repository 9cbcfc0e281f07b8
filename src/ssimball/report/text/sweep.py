"""The rows of sensitivity.parquet as read-only objects, made once: levels and their estimates."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM, Quantity, quantity_of
from ssimball.report.text.estimates import Estimate
from ssimball.report.text.formatting import Row

_MISSING = Estimate()
#: By factor, the metric that answers; the share of top cells changes no rank correlation.
_MAIN_METRICS = {"top": TOP_SHARE_CAM}


@dataclass(frozen=True)
class Level:
    """One value of one factor of the sweep.

    Attributes:
        factor: what is changed.
        value: what it is changed to.
        is_base: whether this is the run as configured.
        estimates: by quantity, which is a metric or the name of a fact.
    """

    factor: str
    value: str
    is_base: bool
    estimates: Mapping[Quantity, Estimate]

    @property
    def main(self) -> Estimate:
        """The estimate that answers the study's question for this factor."""
        return self.estimate(_MAIN_METRICS.get(self.factor, SPEARMAN_CAM))

    def estimate(self, quantity: Quantity) -> Estimate:
        """Return an estimate; one without any value where there is none."""
        return self.estimates.get(quantity, _MISSING)


def levels_of(rows: Sequence[Row]) -> tuple[Level, ...]:
    """Return the levels of rows of contracts.sensitivity.SENSITIVITY, in their order."""
    grouped: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        grouped.setdefault((row["factor"], row["level"]), []).append(row)
    return tuple(
        Level(
            factor=factor,
            value=value,
            is_base=any(row["is_base"] for row in group),
            estimates=MappingProxyType({quantity_of(row): Estimate.from_row(row) for row in group}),
        )
        for (factor, value), group in grouped.items()
    )
