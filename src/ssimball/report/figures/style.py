"""The one look of all figures, what they are drawn with, and saving the same bytes every time.

Colours are seaborn's palette for the colour-blind; what they tell apart, markers or lines tell
apart too.
"""

import io
import textwrap
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal

import matplotlib as mpl
import matplotlib.style
import numpy as np
import seaborn as sns
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssimball.storage.atomic import write_bytes

Row = Mapping[str, Any]

#: Inches, of a page between its margins; no figure is wider but for contact sheets.
WIDTH = 7.0
DPI = 220
#: Blue, orange, green, vermilion, purple, brown, pink, grey, yellow, light blue.
COLOURS: Sequence[str] = sns.color_palette("colorblind").as_hex()
#: Look of a line at chance or at no difference.
REFERENCE: Mapping[str, Any] = {
    "color": "0.35",
    "linewidth": 0.7,
    "linestyle": (0, (4, 3)),
    "zorder": 2,
}

_STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "axes.prop_cycle": f"cycler(color={list(COLOURS)})",
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.0,
    "legend.frameon": False,
    "figure.dpi": DPI,
    # Text stays text in the PDF.
    "pdf.fonttype": 42,
}
# Inches, of a figure that is nothing but words.
_NARROW = 3.6


def style() -> AbstractContextManager[None]:
    """Matplotlib's defaults with this project's settings, whatever the user's own are."""
    context: AbstractContextManager[None] = mpl.style.context([_STYLE], after_reset=True)
    return context


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write ``stem``.pdf and ``stem``.png, each whole or not at all; equal figures, equal bytes."""
    written = []
    for kind, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        content = io.BytesIO()
        with style():
            figure.savefig(content, format=kind, dpi=DPI, metadata=metadata)
        written.append(stem.with_name(f"{stem.name}.{kind}"))
        write_bytes(written[-1], content.getvalue())
    return written


def interval_points(
    axes: Axes,
    places: np.ndarray[Any, Any],
    rows: Sequence[Row],
    columns: tuple[str, str, str],
    look: Mapping[str, Any],
    *,
    upright: bool = False,
) -> None:
    """Means with their intervals, lying or upright; what is missing is not drawn."""
    # None becomes NaN. An interval that is missing leaves the point alone.
    mean, low, high = (np.array([row.get(c) for row in rows], np.float64) for c in columns)
    bars = np.nan_to_num(np.stack([mean - low, high - mean]))
    settings = {"markersize": 4, "linewidth": 1.1, "linestyle": "none", **look}
    if upright:
        axes.errorbar(places, mean, yerr=bars, **settings)
    else:
        axes.errorbar(mean, places, xerr=bars, **settings)


def grid_behind(axes: Axes, axis: Literal["x", "y", "both"]) -> None:
    """Light lines across an axis, behind everything drawn."""
    axes.grid(axis=axis, color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def spaced(ticks: Sequence[float], places: Sequence[float], apart: float) -> list[float]:
    """Of ticks in the order of their importance, those whose labels have room.

    Args:
        places: where each is on the axis.
        apart: least distance of two of them.
    """
    kept: dict[float, float] = {}
    for tick, place in zip(ticks, places, strict=True):
        if all(abs(place - other) >= apart for other in kept.values()):
            kept[tick] = place
    return list(kept)


def lines_of(axes: Axes, names: Sequence[str], fontsize: float = 7) -> None:
    """A line for each name, from the top, every second one shaded."""
    for place in range(1, len(names), 2):
        axes.axhspan(place - 0.5, place + 0.5, color="0.965", linewidth=0, zorder=0)
    axes.set_yticks(np.arange(len(names)), names, fontsize=fontsize)
    axes.set_ylim(len(names) - 0.5, -0.5)


def words(text: str) -> Figure:
    """In place of a figure that has nothing to show."""
    with style():
        wrapped = textwrap.wrap(text, int(16 * _NARROW))
        figure = Figure(figsize=(_NARROW, 0.35 + 0.15 * len(wrapped)))
        figure.text(0.5, 0.5, "\n".join(wrapped), ha="center", va="center")
    return figure
