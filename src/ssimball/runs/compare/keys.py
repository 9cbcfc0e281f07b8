"""Key columns of every table, and the matching of rows of two tables by them."""

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
        keys, others = _numbered_keys(first, second)
        rows = np.full(max(keys.max(initial=-1), others.max(initial=-1)) + 1, -1)
        rows[others] = np.arange(len(others))
        found = rows[keys]
        self.pairs = np.stack([np.flatnonzero(found >= 0), found[found >= 0]], axis=1)
        self.only_first = np.flatnonzero(found < 0)
        self.only_second = np.flatnonzero(~np.isin(others, keys))

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


def _numbered_keys(
    first: pd.DataFrame, second: pd.DataFrame
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Number the distinct keys of two tables, alike in both; a key's n-th rows have one number."""
    keys = np.zeros(len(first) + len(second), np.int64)
    for name in first.columns:
        column = pd.concat([first[name], second[name]])
        keys = _joined(keys, pd.factorize(column, use_na_sentinel=False)[0])
    occurrences = [
        pd.Series(part).groupby(part).cumcount() for part in np.split(keys, [len(first)])
    ]
    keys = _joined(keys, np.concatenate(occurrences))
    return keys[: len(first)], keys[len(first) :]


def _joined(keys: NDArray[np.int64], more: NDArray[np.int64]) -> NDArray[np.int64]:
    """Number the distinct pairs of two numbers that are not negative."""
    joined: NDArray[np.int64] = pd.factorize(keys * (more.max(initial=0) + 1) + more)[0]
    return joined


def _text(value: object) -> str:
    return "-" if value is None or value != value else str(value)
