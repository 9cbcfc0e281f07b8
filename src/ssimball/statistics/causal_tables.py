"""Values of the causal test by image, and what is compared with what."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import cast

import numpy as np
import pandas as pd

from ssimball.statistics.units import Array

#: Metrics that are compared between sets of cells.
RATE, DROP = "fooling_rate", "margin_drop"
#: By metric, the column of contracts.causal.CAUSAL that it is the mean of.
METRICS = {RATE: "fooled", DROP: "margin_drop", "l2": "l2", "mean_ssim": "mean_ssim"}
#: Metrics in which sets of cells are compared.
COMPARED = (RATE, DROP)
SETS = ("all", "top", "bottom", "random", "rest_of_top")
ORDERS = ("deficit", "cam", "random")
#: By set or order, the sets or orders that are subtracted from it.
AGAINST = {"top": ("bottom", "random"), "deficit": ("cam", "random")}


@dataclass(frozen=True)
class Difference:
    """A metric of a set of cells, or its difference from that of another set.

    Attributes:
        metric: name of the metric.
        set: the set of cells, or the order of a curve.
        against: what is subtracted, None where nothing is.
    """

    metric: str
    set: str
    against: str | None = None

    def sample(self, table: pd.DataFrame) -> Array:
        """Return the values of each image.

        Args:
            table: columns metric and set, a row per image.
        """
        values = table[self.metric, self.set].to_numpy(np.float64)
        if self.against is None:
            return values
        difference: Array = values - table[self.metric, self.against].to_numpy(np.float64)
        return difference


@dataclass(frozen=True)
class CausalTable:
    """Values of one attack, area and condition.

    Attributes:
        attack: name of the attack.
        area: share of the cells in the sets; None for curves.
        condition: ``equal_area`` or ``equal_energy``, the column ``terms``; None for curves.
        values: by image (rows), metric and set (columns), NaN where there is none.
        sets: sets of cells, or orders of curves, in the order of the result.
        compared: metrics in which sets are compared.
    """

    attack: str
    area: float | None
    condition: str | None
    values: pd.DataFrame
    sets: Sequence[str]
    compared: Sequence[str]

    @cached_property
    def complete(self) -> pd.DataFrame:
        """The images that have all values."""
        return self.values.dropna()

    @property
    def purpose(self) -> tuple[str, str, str]:
        """What its random numbers are for."""
        return str(self.attack), str(self.area), str(self.condition)

    def differences(self) -> Iterator[Difference]:
        """Yield each metric of each set, and then the differences between sets."""
        for metric in dict.fromkeys(self.values.columns.get_level_values(0)):
            for name in self.sets:
                yield Difference(metric, name)
            if metric in self.compared:
                for name in self.sets:
                    for other in AGAINST.get(name, ()):
                        yield Difference(metric, name, other)


def part_tables(attack: str, causal: pd.DataFrame) -> Iterator[CausalTable]:
    """Yield a table for each area and condition of an attack.

    Args:
        attack: name of the attack.
        causal: its rows, see :func:`ssimball.statistics.causal.summarise_causal`.
    """
    named = causal.rename(columns={column: metric for metric, column in METRICS.items()})
    named = named.astype(dict.fromkeys(METRICS, float))
    for key, group in named.groupby(["terms", "area"]):
        condition, area = cast(tuple[str, float], key)
        sets = [name for name in SETS if (group["set"] == name).any()]
        if sets:
            values = group.pivot(index="image_id", columns="set", values=list(METRICS))
            yield CausalTable(attack, area, condition, values, sets, COMPARED)


def curve_table(attack: str, curves: pd.DataFrame, references: pd.DataFrame) -> CausalTable:
    """Return the areas under deletion and insertion curves of an attack.

    Args:
        attack: name of the attack.
        curves: its curves, in the order of the SSIM deficit.
        references: curves in the order of the CAM and of chance, of all images.
    """
    both = pd.concat([curves, references[references["image_id"].isin(curves["image_id"])]])
    both = both.assign(metric=both["kind"] + "_area", area=both["area"].astype(float))
    values = both.pivot(index="image_id", columns=["metric", "order"], values="area")
    metrics = list(dict.fromkeys(both["metric"]))
    return CausalTable(attack, None, None, values, ORDERS, metrics)
