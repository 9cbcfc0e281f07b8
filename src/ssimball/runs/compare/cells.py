"""Two columns of matched rows, cell by cell: numbers, words, images, maps and lists."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from ssimball.runs.compare.tolerances import Tolerance
from ssimball.storage.images import decode_png, png_size

Floats = NDArray[np.float64]
WORDS, NUMBERS, IMAGES, MAPS, LISTS = "words", "numbers", "images", "maps", "lists"
#: Of a cell as text.
WIDTH = 40


class Distance(NamedTuple):
    """Of two cells: how many numbers or pixels differ, and the largest differences.

    They are infinite where they cannot be taken: a null beside a value, another shape. ``excess``
    is over what is allowed.
    """

    parts: int
    absolute: float
    relative: float
    excess: float


_NONE = Distance(0, 0.0, 0.0, 0.0)
_INCOMPARABLE = Distance(1, np.inf, np.inf, np.inf)


@dataclass
class Cells:
    """The cells of a column by row: whether they differ, and :class:`Distance` as arrays (n,)."""

    kind: str
    differ: NDArray[np.bool_]
    parts: NDArray[np.int64] = field(init=False)
    absolute: Floats = field(init=False)
    relative: Floats = field(init=False)
    excess: Floats = field(init=False)

    def __post_init__(self) -> None:
        self.parts = self.differ.astype(np.int64)
        self.absolute = np.where(self.differ, np.inf, 0.0)
        self.relative, self.excess = self.absolute.copy(), self.absolute.copy()

    def set(self, row: int, distance: Distance) -> None:
        """Put in what one cell differs by."""
        self.parts[row], self.absolute[row], self.relative[row], self.excess[row] = distance


def compare_cells(first: pa.Array, second: pa.Array, name: str, tolerance: Tolerance) -> Cells:
    """Two columns of as many rows and of one type.

    Args:
        name: of the column; PNGs are told by it.
    """
    kind = first.type
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_list(kind):
        which = LISTS if pa.types.is_list(kind) else MAPS
        return _each(which, first, second, lambda one, other: of_numbers(one, other, tolerance))
    if pa.types.is_binary(kind) and name.endswith("_png"):
        return _each(IMAGES, first, second, lambda one, other: of_images(one, other, tolerance))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _numbers(first, second, tolerance)
    return Cells(WORDS, _unequal(first, second))


def _unequal(first: pa.Array, second: pa.Array) -> NDArray[np.bool_]:
    equal = pa.compute.fill_null(pa.compute.equal(first, second), False)
    nulls = pa.compute.and_(first.is_null(), second.is_null())
    either = pa.compute.or_(equal, nulls).to_numpy(zero_copy_only=False)
    return ~np.asarray(either, dtype=np.bool_)


def _numbers(first: pa.Array, second: pa.Array, tolerance: Tolerance) -> Cells:
    # Integers of the formats are of 32 bits; a null is read as NaN.
    one, other = (
        np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        for column in (first, second)
    )
    found = Cells(NUMBERS, (one != other) & ~(np.isnan(one) & np.isnan(other)))
    rows = np.flatnonzero(found.differ)
    found.absolute[rows], found.relative[rows], found.excess[rows] = _distances(
        one[rows], other[rows], tolerance
    )
    return found


def _distances(one: Floats, other: Floats, allowed: Tolerance) -> tuple[Floats, Floats, Floats]:
    """Absolute, relative and over what is allowed, of numbers that differ."""
    with np.errstate(invalid="ignore", divide="ignore"):
        absolute = np.abs(other - one)
        relative = absolute / np.maximum(np.abs(one), np.abs(other))
        excess = absolute / (allowed.absolute + allowed.relative * np.abs(one))
    unknown = np.isnan(absolute)
    for values in (absolute, relative, excess):
        values[unknown] = np.inf
    return absolute, relative, excess


def of_numbers(one: Floats, other: Floats, allowed: Tolerance) -> Distance:
    """Two arrays; with ``of_largest`` what is relative is so to the largest of the first."""
    if one.shape != other.shape:
        return _INCOMPARABLE
    places = (one != other) & ~(np.isnan(one) & np.isnan(other))
    if not places.any():
        return _NONE
    if allowed.of_largest:
        largest = float(np.nanmax(np.abs(one), initial=0))
        allowed = Tolerance(absolute=allowed.absolute + allowed.relative * largest)
    found = _distances(one[places], other[places], allowed)
    return Distance(int(places.sum()), *(float(values.max()) for values in found))


def of_images(one: bytes, other: bytes, allowed: Tolerance) -> Distance:
    """Two PNGs in grey levels; a pixel is one place, whatever its channels."""
    try:
        first, second = (decode_png(content).astype(np.int16) for content in (one, other))
    except (OSError, ValueError, SyntaxError):  # Pillow's, for what is no image.
        return _INCOMPARABLE
    if first.shape != second.shape:
        return _INCOMPARABLE
    levels = np.abs(second - first)
    levels = levels.max(axis=2) if levels.ndim == 3 else levels
    if not levels.any():
        return _NONE
    largest, share = float(levels.max()), float((levels > 0).mean())
    excess = share / allowed.share if allowed.share else np.inf
    return Distance(int((levels > 0).sum()), largest, largest / 255, excess)


def _each(kind: str, first: pa.Array, second: pa.Array, distance: Callable[..., Distance]) -> Cells:
    """Cells that hold many numbers, one at a time."""
    found = Cells(kind, np.zeros(len(first), np.bool_))
    for row, (one, other) in enumerate(zip(first, second, strict=True)):
        if not (one.is_valid or other.is_valid):
            continue
        if not (one.is_valid and other.is_valid):
            found.set(row, _INCOMPARABLE)
        elif not np.array_equal(mine := _value(one), its := _value(other)):
            found.set(row, distance(mine, its))
        else:
            continue
        found.differ[row] = True
    return found


def _value(scalar: pa.Scalar) -> Any:
    """Bytes of an image, numbers as an array."""
    if pa.types.is_binary(scalar.type):
        return scalar.as_py()
    values = scalar.to_numpy() if isinstance(scalar, pa.ExtensionScalar) else scalar.as_py()
    return np.asarray(values, np.float64)


def is_floating(kind: pa.DataType) -> bool:
    """Whether a column of this type holds floats, or lists or maps of them."""
    return bool(pa.types.is_floating(getattr(kind, "value_type", kind)))


def shown(scalar: pa.Scalar) -> str:
    """A cell as text; of maps and lists their shape, of an image its size in pixels."""
    if not scalar.is_valid:
        return "null"
    if isinstance(scalar, pa.ExtensionScalar):
        return " x ".join(map(str, scalar.to_numpy().shape))
    if pa.types.is_binary(scalar.type):
        return _size(scalar.as_py())
    if pa.types.is_list(scalar.type):
        return f"{len(scalar.as_py())} numbers"
    text = str(scalar.as_py())
    return text if len(text) <= WIDTH else f"{text[: WIDTH - 3]}..."


def _size(png: bytes) -> str:
    try:
        return " x ".join(map(str, png_size(png)))
    except (OSError, ValueError, SyntaxError):
        return "no image"
