"""The comparison of two columns of matched rows: numbers, words, images, maps and lists."""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple, TypeVar

import numpy as np
import pyarrow as pa
import pyarrow.compute
from numpy.typing import NDArray

from ssimball.errors import ArtifactError
from ssimball.runs.compare.tolerances import Tolerance
from ssimball.storage.images import decode_png, png_size

Floats = NDArray[np.float64]
Value = TypeVar("Value", bytes, Floats)
WORDS, NUMBERS, IMAGES, MAPS, LISTS = "words", "numbers", "images", "maps", "lists"
#: Characters of a cell that are shown as text.
WIDTH = 40


class Distance(NamedTuple):
    """How far two cells differ.

    The differences are infinite where they cannot be taken: a null beside a value, another shape.

    Attributes:
        parts: number of numbers or pixels that differ.
        absolute: largest absolute difference; for images in grey levels.
        relative: largest relative difference.
        excess: largest ratio of a difference to its tolerance.
    """

    parts: int
    absolute: float
    relative: float
    excess: float


_SAME = Distance(0, 0.0, 0.0, 0.0)
_INCOMPARABLE = Distance(1, np.inf, np.inf, np.inf)


@dataclass
class Cells:
    """The differences in a column: one :class:`Distance` a row, as arrays (rows,).

    Attributes:
        kind: WORDS, NUMBERS, IMAGES, MAPS or LISTS.
        differ: whether the two cells of a row differ.
        parts, absolute, relative, excess: fields of :class:`Distance`.
    """

    kind: str
    differ: NDArray[np.bool_]
    parts: NDArray[np.int64] = field(init=False)
    absolute: Floats = field(init=False)
    relative: Floats = field(init=False)
    excess: Floats = field(init=False)

    def __post_init__(self) -> None:
        """Make cells that differ incomparable until a distance is set."""
        self.parts = self.differ.astype(np.int64)
        self.absolute = np.where(self.differ, np.inf, 0.0)
        self.relative, self.excess = self.absolute.copy(), self.absolute.copy()

    def set(self, row: int, distance: Distance) -> None:
        """Set the distance of a row's two cells."""
        self.parts[row], self.absolute[row], self.relative[row], self.excess[row] = distance


def compare_cells(first: pa.Array, second: pa.Array, name: str, tolerance: Tolerance) -> Cells:
    """Compare two columns of one type and length.

    Args:
        first: values of the first run.
        second: values of the second run, in the same order of rows.
        name: name of the column; columns of images are recognised by it.
        tolerance: the differences that are allowed.
    """
    kind = first.type
    if isinstance(kind, pa.BaseExtensionType) or pa.types.is_list(kind):
        cells = LISTS if pa.types.is_list(kind) else MAPS
        return _each(cells, first, second, _numbers_of, lambda a, b: of_numbers(a, b, tolerance))
    if pa.types.is_binary(kind) and name.endswith("_png"):
        return _each(IMAGES, first, second, _png_of, lambda a, b: of_images(a, b, tolerance))
    if pa.types.is_integer(kind) or pa.types.is_floating(kind):
        return _compare_numbers(first, second, tolerance)
    return Cells(WORDS, _unequal(first, second))


def _unequal(first: pa.Array, second: pa.Array) -> NDArray[np.bool_]:
    equal = pa.compute.fill_null(pa.compute.equal(first, second), False)
    nulls = pa.compute.and_(first.is_null(), second.is_null())
    either = pa.compute.or_(equal, nulls).to_numpy(zero_copy_only=False)
    return ~np.asarray(either, dtype=np.bool_)


def _compare_numbers(first: pa.Array, second: pa.Array, tolerance: Tolerance) -> Cells:
    # Integers of the formats have 32 bits, so float64 holds them exactly. A null becomes NaN.
    a, b = (
        np.asarray(column.cast(pa.float64()).to_numpy(zero_copy_only=False), np.float64)
        for column in (first, second)
    )
    cells = Cells(NUMBERS, (a != b) & ~(np.isnan(a) & np.isnan(b)))
    rows = np.flatnonzero(cells.differ)
    cells.absolute[rows], cells.relative[rows], cells.excess[rows] = _differences(
        a[rows], b[rows], tolerance
    )
    return cells


def _differences(a: Floats, b: Floats, allowed: Tolerance) -> tuple[Floats, Floats, Floats]:
    """Return absolute and relative differences of numbers, and their ratio to the tolerance."""
    with np.errstate(invalid="ignore", divide="ignore"):
        absolute = np.abs(b - a)
        relative = absolute / np.maximum(np.abs(a), np.abs(b))
        excess = absolute / (allowed.absolute + allowed.relative * np.abs(a))
    undefined = np.isnan(absolute)
    for values in (absolute, relative, excess):
        values[undefined] = np.inf
    return absolute, relative, excess


def of_numbers(a: Floats, b: Floats, allowed: Tolerance) -> Distance:
    """Compare two arrays of numbers.

    With ``of_largest`` the relative tolerance is relative to the largest magnitude of the first.

    Examples:
        >>> of_numbers(np.array([1.0, 4.0]), np.array([1.0, 5.0]), Tolerance(relative=0.5))
        Distance(parts=1, absolute=1.0, relative=0.2, excess=0.5)
    """
    if a.shape != b.shape:
        return _INCOMPARABLE
    differ = (a != b) & ~(np.isnan(a) & np.isnan(b))
    if not differ.any():
        return _SAME
    if allowed.of_largest:
        largest = float(np.nanmax(np.abs(a), initial=0))
        allowed = Tolerance(absolute=allowed.absolute + allowed.relative * largest)
    differences = _differences(a[differ], b[differ], allowed)
    return Distance(int(differ.sum()), *(float(values.max()) for values in differences))


def of_images(a: bytes, b: bytes, allowed: Tolerance) -> Distance:
    """Compare two PNGs in grey levels; a pixel counts once, whatever its channels."""
    try:
        first, second = (decode_png(content).astype(np.int16) for content in (a, b))
    except ArtifactError:
        return _INCOMPARABLE
    if first.shape != second.shape:
        return _INCOMPARABLE
    levels = np.abs(second - first)
    levels = levels.max(axis=2) if levels.ndim == 3 else levels
    if not levels.any():
        return _SAME
    largest, share = float(levels.max()), float((levels > 0).mean())
    excess = share / allowed.share if allowed.share else np.inf
    return Distance(int((levels > 0).sum()), largest, largest / 255, excess)


def _each(
    kind: str,
    first: pa.Array,
    second: pa.Array,
    value_of: Callable[[pa.Scalar], Value],
    distance: Callable[[Value, Value], Distance],
) -> Cells:
    """Compare cells that hold many numbers, one row at a time."""
    cells = Cells(kind, np.zeros(len(first), np.bool_))
    for row, (a, b) in enumerate(zip(first, second, strict=True)):
        if not (a.is_valid or b.is_valid):
            continue
        if not (a.is_valid and b.is_valid):
            cells.set(row, _INCOMPARABLE)
        elif not np.array_equal(value := value_of(a), other := value_of(b)):
            cells.set(row, distance(value, other))
        else:
            continue
        cells.differ[row] = True
    return cells


def _png_of(scalar: pa.Scalar) -> bytes:
    content: bytes = scalar.as_py()
    return content


def _numbers_of(scalar: pa.Scalar) -> Floats:
    values = scalar.to_numpy() if isinstance(scalar, pa.ExtensionScalar) else scalar.as_py()
    return np.asarray(values, np.float64)


def is_floating(kind: pa.DataType) -> bool:
    """Whether a column of this type holds floats, or lists or maps of them."""
    return bool(pa.types.is_floating(getattr(kind, "value_type", kind)))


def cell_text(scalar: pa.Scalar) -> str:
    """Return a cell as text: the shape of a map, the length of a list, the size of an image."""
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
    except ArtifactError:
        return "no image"
