"""The figure of the sensitivity sweep: where the answer holds and where it changes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SPEARMAN_CAM,
    TOP_SHARE_CAM,
    Quantity,
    quantity_of,
)
from ssimball.report.figures.style import (
    COLOURS,
    MEAN,
    NULL,
    REFERENCE,
    WIDTH,
    Row,
    grid_behind,
    interval_points,
    legend_above,
    style,
)

_FOOLED = "fooling_rate"
_PANELS: Mapping[Quantity, str] = {
    SPEARMAN_CAM: "Rank correlation of\nSSIM deficit and CAM",
    PARTIAL_CAM: "Rank correlation given\ntexture and centre",
    TOP_SHARE_CAM: "Share of SSIM deficit\nin top cells of the CAM",
    _FOOLED: "Images fooled",
}
_FACTORS = {"top": "top cells", "mean_ssim": "mean SSIM", "epsilon_local": "local epsilon"}
_LOOK: Mapping[str, Any] = {
    "color": COLOURS[0],
    "marker": "o",
    "markersize": 3.2,
    "zorder": 3,
}
_NULL_LOOK: Mapping[str, Any] = {
    "color": "0.55",
    "marker": "D",
    "markerfacecolor": "white",
    "markersize": 2.6,
}
# Inches of a line; lines between two factors.
_LINE, _GAP = 0.145, 0.8
#: Factor and level.
Level = tuple[str, str]


def sensitivity_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw every level of every factor: mean and interval, the null beside it.

    Args:
        rows: rows of contracts.figures.FIGURE_SENSITIVITY; factors and levels keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide, with a line per level and a panel per metric.
    """
    levels = list(dict.fromkeys((row["factor"], row["level"]) for row in rows))
    positions = _positions(levels)
    cells = {(row["factor"], row["level"], quantity_of(row)): row for row in rows}
    with style():
        height = _LINE * (max(positions.values()) + 1) + 0.95
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(1, len(_PANELS), sharey=True, width_ratios=(3, 3, 3, 2))
        for axes, (metric, title) in zip(panels, _PANELS.items(), strict=True):
            shown = {
                positions[level]: cells[*level, metric]
                for level in levels
                if (*level, metric) in cells
            }
            _panel(axes, shown)
            axes.set_title(title)
        panels[-1].set_xlim(-0.05, 1.05)
        configured = {(row["factor"], row["level"]) for row in rows if row["is_base"]}
        _name_levels(panels[0], positions, configured)
        legend_above(figure, _handles(confidence), 2)
    return figure


def _positions(levels: Sequence[Level]) -> dict[Level, float]:
    """Return where each level is drawn, with a gap and a line for the name before each factor."""
    positions: dict[Level, float] = {}
    position, previous = 0.0, ""
    for factor, level in levels:
        position += 1.0
        if factor != previous:
            position += 1.0 + (_GAP if previous else 0.0)
        positions[factor, level], previous = position, factor
    return positions


def _panel(axes: Axes, rows_at: Mapping[float, Row]) -> None:
    positions, rows = np.array(list(rows_at)), list(rows_at.values())
    interval_points(axes, positions + 0.2, rows, NULL, _NULL_LOOK)
    interval_points(axes, positions - 0.1, rows, MEAN, _LOOK)
    if any(row.get("null_mean") is not None for row in rows):
        axes.axvline(0, **REFERENCE)
    grid_behind(axes, "x")


def _name_levels(axes: Axes, positions: Mapping[Level, float], configured: set[Level]) -> None:
    """Name levels, those as configured in bold, and above them their factor."""
    axes.set_yticks(list(positions.values()), [level for _, level in positions], fontsize=6.5)
    for label, key in zip(axes.get_yticklabels(), positions, strict=True):
        label.set_fontweight("bold" if key in configured else "normal")
    for factor in dict.fromkeys(factor for factor, _ in positions):
        first = min(position for (name, _), position in positions.items() if name == factor)
        axes.annotate(
            _FACTORS.get(factor, factor),
            (0, first - 1.0),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
            fontstyle="italic",
        )
    axes.set_ylim(max(positions.values()) + 0.7, min(positions.values()) - 1.6)


def _handles(confidence: float) -> list[Line2D]:
    return [
        Line2D([], [], **_LOOK, label=f"mean (bars: {confidence:.0%} intervals)"),
        Line2D([], [], **_NULL_LOOK, label="null"),
    ]
