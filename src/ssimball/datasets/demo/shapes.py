"""Outlines of the demo scenes' objects, as signed distances: negative inside, of unit size.

Only operations that IEEE 754 rounds exactly are used, so that outlines are the same on every
machine.
"""

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
Outline = Callable[[Array, Array], Array]

# Cosine and sine of 1/n of a full turn, as literals: libm may differ in the last digit.
_TURN = {
    3: complex(-0.5, 0.8660254037844386),
    5: complex(0.30901699437494745, 0.9510565162951535),
    6: complex(0.5, 0.8660254037844386),
}


def _polygon(x: Array, y: Array, corners: int, inradius: float) -> Array:
    normal = complex(0.0, 1.0)
    distance = x * normal.real + y * normal.imag
    for _ in range(corners - 1):
        normal *= _TURN[corners]
        distance = np.maximum(distance, x * normal.real + y * normal.imag)
    return distance - inradius


def _box(x: Array, y: Array, half_width: float, half_height: float) -> Array:
    return np.maximum(np.abs(x) - half_width, np.abs(y) - half_height)


def _disk(x: Array, y: Array, radius: float) -> Array:
    return np.sqrt(x * x + y * y) - radius


def _cross(x: Array, y: Array) -> Array:
    return np.minimum(_box(x, y, 0.98, 0.42), _box(x, y, 0.42, 0.98))


def _diamond(x: Array, y: Array) -> Array:
    # (0.82, 0.57) is the unit normal of a side.
    return np.abs(x) * 0.82 + np.abs(y) * 0.5723635 - 0.72


def _star(x: Array, y: Array) -> Array:
    return np.minimum(_polygon(x, y, 3, 0.58), _polygon(x, -y, 3, 0.58))


def _egg(x: Array, y: Array) -> Array:
    return (_disk(x / (0.8 - 0.2 * np.clip(y, -1.5, 1.5)), y, 1.0)) * 0.75


def _heart(x: Array, y: Array) -> Array:
    # A square on its corner, with a disk on each of its two upper sides.
    side, half = np.abs(x), 0.58
    square = (np.abs(x) + np.abs(y - 0.12)) * 0.7071067811865476 - half
    return np.minimum(square, _disk(side - 0.41, y + 0.29, half))


OUTLINES: dict[str, Outline] = {
    "disk": lambda x, y: _disk(x, y, 0.9),
    "square": lambda x, y: _box(x, y, 0.78, 0.78),
    "triangle": lambda x, y: _polygon(x, y, 3, 0.62),
    "hexagon": lambda x, y: _polygon(x, y, 6, 0.84),
    "cross": _cross,
    "diamond": _diamond,
    "star": _star,
    "egg": _egg,
    "heart": _heart,
    "pentagon": lambda x, y: _polygon(x, y, 5, 0.86),
}
"""Signed distance of points (x, y) to each outline, of radius about 1; arrays of any shape."""
