"""Data written as JavaScript files, since a page on disk may load scripts but fetch nothing."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

#: Significant digits of numbers in the list.
_DIGITS = 6


def data_script(name: str, data: Mapping[str, Any]) -> str:
    """Return a script that passes data to the explorer under a name."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f"explorer.receive({json.dumps(name)},{text});\n"


def rounded(value: float | None) -> float | None:
    """Round a number to the digits that the list shows."""
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def none_if_nan(value: Any) -> Any:
    """Return None for NaN, which stands for a missing value in arrays."""
    return None if isinstance(value, float) and math.isnan(value) else value


def as_list(values: np.ndarray[Any, Any]) -> list[Any]:
    """Return a map row by row, with as few digits as float32 values need to be exact."""
    flat = values.ravel()
    return [float(str(value)) for value in flat] if flat.dtype == np.float32 else flat.tolist()
