"""Data as scripts. A page on disk may load scripts, while it may fetch nothing."""

import json
import math
from collections.abc import Mapping
from typing import Any

import numpy as np

_DIGITS = 6


def data_script(name: str, data: Mapping[str, Any]) -> str:
    """A script that hands data to the explorer under a name."""
    text = json.dumps(data, ensure_ascii=True, separators=(",", ":"), allow_nan=False)
    return f"explorer.receive({json.dumps(name)},{text});\n"


def rounded(value: float | None) -> float | None:
    """As many digits as a list needs."""
    return None if value is None else float(f"{value:.{_DIGITS}g}")


def known(value: Any) -> Any:
    """None for the NaN that arrays hold where there is no value."""
    return None if isinstance(value, float) and math.isnan(value) else value


def as_list(values: np.ndarray[Any, Any]) -> list[Any]:
    """A map, row by row, float32 in as few digits as say it exactly."""
    flat = values.ravel()
    return [float(str(value)) for value in flat] if flat.dtype == np.float32 else flat.tolist()
