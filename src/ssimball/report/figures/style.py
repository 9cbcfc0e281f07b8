"""The common look of all figures, drawing that several share, and saving equal bytes every time.

Colours are seaborn's palette for the colour-blind. Whatever they distinguish, markers or lines
distinguish too. Blue circles are attacks, vermilion squares attacks in the SSIM ball, and open grey
diamonds controls, in every figure.
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
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from numpy.typing import NDArray

from ssimball.storage.atomic import write_bytes

Row = Mapping[str, Any]

#: Inches of a page between its margins. Only contact sheets are wider.
WIDTH = 7.0
DPI = 220
#: Blue, orange, green, vermilion, purple, brown, pink, grey, yellow, light blue.
COLOURS: Sequence[str] = sns.color_palette("colorblind").as_hex()
#: Look of the points of each group of attacks.
LOOKS: Mapping[str, Mapping[str, Any]] = {
    "attack": {"color": COLOURS[0], "marker": "o"},
    "ball": {"color": COLOURS[3], "marker": "s"},
    "control": {"color": "0.4", "marker": "D", "markerfacecolor": "white"},
}
#: Words for these groups.
GROUPS = {"attack": "attack", "ball": "attack in the SSIM ball", "control": "control"}
#: Look of a line at chance or at no difference.
REFERENCE: Mapping[str, Any] = {
    "color": "0.35",
    "linewidth": 0.7,
    "linestyle": (0, (4, 3)),
    "zorder": 2,
}
#: Columns of a mean and its interval.
MEAN = ("mean", "ci_low", "ci_high")

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
# What is saved in each format, by its settings. At level 4 a contact sheet takes two thirds of the
# time that it takes at the default of 6, and 1 % more bytes.
_FORMATS: Mapping[str, Mapping[str, Any]] = {
    "pdf": {"metadata": {"CreationDate": None}},
    "png": {"metadata": {"Software": None}, "pil_kwargs": {"compress_level": 4}},
}
# Inches of a figure that holds a message alone, and its characters per inch.
_MESSAGE_WIDTH, _CHARACTERS = 3.6, 16


def style() -> AbstractContextManager[None]:
    """Return a context with matplotlib's defaults and this project's settings.

    Settings of the user do not count inside it.
    """
    context: AbstractContextManager[None] = mpl.style.context([_STYLE], after_reset=True)
    return context


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write ``stem``.pdf and ``stem``.png, each whole or not at all.

    Equal figures give equal bytes: no date and no software version is stored.

    Returns:
        The paths of both files.
    """
    written = []
    for kind, options in _FORMATS.items():
        content = io.BytesIO()
        with style():
            figure.savefig(content, format=kind, dpi=DPI, **options)
        written.append(stem.with_name(f"{stem.name}.{kind}"))
        write_bytes(written[-1], content.getvalue())
    return written


def column(rows: Sequence[Row], name: str) -> NDArray[np.float64]:
    """Return a column of some rows as numbers; missing values and None become NaN."""
    return np.array([row.get(name) for row in rows], np.float64)


def interval_points(
    axes: Axes,
    positions: NDArray[Any],
    rows: Sequence[Row],
    columns: tuple[str, str, str],
    look: Mapping[str, Any],
    *,
    upright: bool = False,
) -> None:
    """Draw means with their intervals.

    A missing mean is not drawn; without an interval the point stands alone.

    Args:
        axes: where to draw.
        positions: (n,), on the axis of names.
        rows: n rows.
        columns: names of the columns of mean, lower end and upper end.
        look: settings of matplotlib's ``errorbar``.
        upright: intervals along the vertical axis in place of the horizontal one.
    """
    mean, low, high = (column(rows, name) for name in columns)
    bars = np.nan_to_num(np.stack([mean - low, high - mean]))
    settings = {"markersize": 4, "linewidth": 1.1, "linestyle": "none", **look}
    if upright:
        axes.errorbar(positions, mean, yerr=bars, **settings)
    else:
        axes.errorbar(mean, positions, xerr=bars, **settings)


def grid_behind(axes: Axes, axis: Literal["x", "y", "both"]) -> None:
    """Draw light lines across an axis, behind everything else."""
    axes.grid(axis=axis, color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def around_zero(axes: Axes, least: float = 0.1) -> None:
    """Draw a line at 0 across, and have the axis reach at least so far to both sides of it."""
    axes.axvline(0, **REFERENCE)
    axes.update_datalim([(-least, 0), (least, 0)], updatey=False)
    axes.autoscale_view(scaley=False)


def same_scale(group: Sequence[Axes], axis: Literal["x", "y"]) -> None:
    """Give an axis of panels the same limits, which leave room around all intervals."""
    limits = np.array([getattr(axes, f"get_{axis}lim")() for axes in group]).reshape(-1, 2)
    for axes in group:
        axes.set(**{f"{axis}lim": (limits[:, 0].min(), limits[:, 1].max())})


def panel_grid(count: int, widest: int) -> tuple[int, int]:
    """Return rows and columns of a grid for ``count`` panels, at most ``widest`` in a row."""
    rows = -(-count // widest)
    return rows, -(-count // rows)


def spaced_ticks(
    ticks: Sequence[float], positions: Sequence[float], distance: float
) -> list[float]:
    """Choose ticks whose labels do not touch.

    Args:
        ticks: in the order of their importance.
        positions: where each tick is on the axis.
        distance: least distance of two chosen ticks, in the unit of the positions.
    """
    chosen: dict[float, float] = {}
    for tick, position in zip(ticks, positions, strict=True):
        if all(abs(position - other) >= distance for other in chosen.values()):
            chosen[tick] = position
    return list(chosen)


def name_lines(axes: Axes, names: Sequence[str], fontsize: float = 7) -> None:
    """Name one line of the panel per name, from the top, and shade every second one."""
    for position in range(1, len(names), 2):
        axes.axhspan(position - 0.5, position + 0.5, color="0.965", linewidth=0, zorder=0)
    axes.set_yticks(np.arange(len(names)), names, fontsize=fontsize)
    axes.set_ylim(len(names) - 0.5, -0.5)


def legend_above(
    figure: Figure | SubFigure, handles: Sequence[Artist | Line2D], columns: int, **settings: Any
) -> None:
    """Put the legend of a figure above its panels."""
    figure.legend(
        handles=list(handles),
        loc="outside upper center",
        ncols=columns,
        **{"fontsize": 7, **settings},
    )


def message_figure(text: str) -> Figure:
    """Return a figure that holds a text, for a figure that has nothing to show."""
    with style():
        wrapped = textwrap.wrap(text, int(_CHARACTERS * _MESSAGE_WIDTH))
        figure = Figure(figsize=(_MESSAGE_WIDTH, 0.35 + 0.15 * len(wrapped)))
        figure.text(0.5, 0.5, "\n".join(wrapped), ha="center", va="center")
    return figure
