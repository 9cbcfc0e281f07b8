"""Key columns of every table, and the matching of rows of two tables by them."""

from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

_IMAGE = ("image_id",)
_EXPLAINED = ("image_id", "image", "explained")
_CURVE = ("image_id", "order", "kind")
_QUANTITY = ("attack", "quantity")
_METRIC = ("measure", "reference", "distortion")
_LEVEL = ("factor", "level", "is_control", "attack", "network", *_METRIC)

#: Columns that identify a row within its file, by contract.
KEYS: dict[str, tuple[str, ...]] = {
    "subset": _IMAGE,
    "classes": ("label",),
    "clean": _IMAGE,
    "attacks": _IMAGE,
    "explanations": _EXPLAINED,
    "explanations_attacked": _EXPLAINED,
    "references": _IMAGE,
    "class_cams": ("image_id", "role", "class_index"),
    "ssim": _IMAGE,
    "distortions": _IMAGE,
    "overlap": ("image_id", "attack", *_METRIC),
    "primary": ("attack",),
    "summary": ("attack", *_METRIC),
    "comparisons": ("attack", "other", *_METRIC),
    "causal_curves": _CURVE,
    "causal_references": _CURVE,
    "causal_summary": ("attack", "kind", "order", "against"),
    "region_noise": ("image_id", "region", "draw"),
    "region_noise_summary": ("region",),
    "region_test": ("image_id", "region", "draw"),
    "region_test_summary": ("region",),
    "randomised_overlap": ("image_id", "layers", *_METRIC),
    "randomised": ("layers", *_METRIC),
    "sensitivity_overlap": ("image_id", *_LEVEL),
    "sensitivity": _LEVEL,
    "figure_evidence": _QUANTITY,
    "figure_overview": _QUANTITY,
    "figure_by_image": ("attack", "image_id"),
    "figure_directions": _QUANTITY,
    "figure_classes": _QUANTITY,
    "figure_networks": ("layers", "quantity"),
    "figure_fooling": ("attack", "kind", "level"),
    "figure_radii": _QUANTITY,
    "figure_gaps": _QUANTITY,
    "figure_costs": _QUANTITY,
    "figure_seconds": _QUANTITY,
    "figure_sensitivity": _LEVEL,
    "figure_dose": ("attack", "kind", "level"),
    "figure_region_test": ("kind", "region"),
    "figure_curves": ("attack", "order", "kind", "share"),
    "figure_example": ("attack",),
    "figure_sheet": _IMAGE,
}
#: Columns that the matching adds: the how-many-th row of its key, and the row's number.
_OCCURRENCE, _NUMBER = "occurrence", "number"


class Matched:
    """The rows of two tables, matched by their keys.

    Where a key occurs several times in a table, its first rows are matched with each other, then
    its second rows, and so on.

    Attributes:
        pairs: numbers of the rows that both tables have, (n, 2), in the first table's order.
        only_first: numbers of the rows that the first table alone has.
        only_second: numbers of the rows that the second table alone has.
    """

    def __init__(self, first: pd.DataFrame, second: pd.DataFrame) -> None:
        """Match the key columns of two tables."""
        self._first, self._second = first, second
        if first.equals(second):
            numbers = np.arange(len(first))
            self.pairs = np.stack([numbers, numbers], axis=1)
            self.only_first = self.only_second = numbers[:0]
            return
        names = list(first.columns)
        numbered = [_numbered(frame, names) for frame in (first, second)]
        joined = numbered[0].merge(
            numbered[1], "outer", on=[*names, _OCCURRENCE], suffixes=("", "_b")
        )
        in_first, in_second = joined[_NUMBER], joined[f"{_NUMBER}_b"]
        both = joined[in_first.notna() & in_second.notna()].sort_values(_NUMBER)
        self.pairs = both[[_NUMBER, f"{_NUMBER}_b"]].to_numpy(np.int64)
        self.only_first = _sorted(in_first[in_second.isna()])
        self.only_second = _sorted(in_second[in_first.isna()])

    @property
    def in_place(self) -> bool:
        """Whether both tables have the same rows in the same order."""
        return self.in_order and not (len(self.only_first) or len(self.only_second))

    @property
    def in_order(self) -> bool:
        """Whether the rows of both tables come in the same order."""
        return bool((np.diff(self.pairs[:, 1]) > 0).all())

    def label(self, number: int, in_second: bool = False) -> str:
        """Return the key of a row as text.

        Args:
            number: number of the row in its table.
            in_second: whether that is the second table.
        """
        frame = self._second if in_second else self._first
        return ", ".join(_text(value) for value in frame.iloc[int(number)])


def _numbered(frame: pd.DataFrame, names: list[str]) -> pd.DataFrame:
    occurrences = frame.groupby(names, dropna=False, sort=False).cumcount()
    numbered = frame.copy()
    numbered[_OCCURRENCE], numbered[_NUMBER] = occurrences, np.arange(len(frame))
    return numbered


def _sorted(numbers: "pd.Series[Any]") -> NDArray[np.int64]:
    return np.sort(numbers.to_numpy(np.int64))


def _text(value: object) -> str:
    return "-" if value is None or value != value else str(value)
