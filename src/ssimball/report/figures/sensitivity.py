"""The figure of the sensitivity sweep: where the answer holds and where it changes."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ssimball.overlap.metric import SPEARMAN_CAM, Quantity, quantity_of
from ssimball.report.figures.style import (
    LOOKS,
    MEAN,
    REFERENCE,
    WIDTH,
    Row,
    grid_behind,
    interval_points,
    legend_above,
    style,
)

_DIFFERENCE = ("difference", "difference_ci_low", "difference_ci_high")
_FACTORS = {
    "mean_ssim": "mean SSIM",
    "epsilon_local": "local epsilon",
    "explanation": "explanation in place of the CAM",
    "layer": "layer of the explanation",
    "distortion": "distortion in place of the SSIM deficit",
}
_LEVELS = {
    "matched_quality": "equal mean SSIM",
    "fixed_budget": "equal budget",
    "matched_outcome": "smallest that fools",
}
_LOOKS: Mapping[bool, Mapping[str, Any]] = {
    # The sweep is about a step in the SSIM ball.
    False: {**LOOKS["ball"], "markersize": 3.4, "zorder": 4},
    True: {**LOOKS["control"], "markersize": 3.0, "zorder": 3},
}
# Inches of a line; lines between two factors.
_LINE, _GAP = 0.165, 0.5
#: Distance of attack and control on a line, in lines.
_APART = 0.32
#: Factor and level.
Level = tuple[str, str]


def sensitivity_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw every level of every factor for attack and control: the primary endpoint, and fooling.

    Args:
        rows: rows of contracts.figures.FIGURE_SENSITIVITY; factors and levels keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide, with a line per level.
    """
    levels = list(dict.fromkeys((row["factor"], row["level"]) for row in rows))
    positions = _positions(levels)
    with style():
        height = _LINE * (max(positions.values()) + 1) + 1.0
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        effect, fooled = figure.subplots(1, 2, sharey=True, width_ratios=(3, 1))
        names = {}
        for is_control, look in _LOOKS.items():
            mine = [row for row in rows if row["is_control"] == is_control]
            names.update({row["attack"]: look for row in mine if row["is_base"]})
            _points(effect, mine, positions, SPEARMAN_CAM, _DIFFERENCE)
            _points(fooled, mine, positions, "fooling_rate", MEAN)
        _finish(effect, fooled)
        _name_levels(effect, positions, {(r["factor"], r["level"]) for r in rows if r["is_base"]})
        bars = f"{confidence:.0%} interval"
        handles = [Line2D([], [], **look, label=f"{name}, {bars}") for name, look in names.items()]
        legend_above(figure, handles, 2)
    return figure


def _points(
    axes: Axes,
    rows: Sequence[Row],
    positions: Mapping[Level, float],
    quantity: Quantity,
    columns: tuple[str, str, str],
) -> None:
    """Draw a quantity of one attack at all levels."""
    shown = [row for row in rows if quantity_of(row) == quantity]
    if shown:
        is_control = shown[0]["is_control"]
        shift = _APART / 2 if is_control else -_APART / 2
        places = [positions[row["factor"], row["level"]] + shift for row in shown]
        interval_points(axes, np.array(places), shown, columns, _LOOKS[is_control])


def _finish(effect: Axes, fooled: Axes) -> None:
    effect.axvline(0, **REFERENCE)
    effect.set_xlabel("Rank correlation with the own CAM less that with other images' CAMs")
    fooled.set_xlabel("Images fooled")
    fooled.set_xlim(-0.05, 1.05)
    fooled.xaxis.set_major_formatter(PercentFormatter(1.0))
    for axes in (effect, fooled):
        grid_behind(axes, "x")


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


def _name_levels(axes: Axes, positions: Mapping[Level, float], configured: set[Level]) -> None:
    """Name levels, shade those as configured, and name their factor above them."""
    names = [_LEVELS.get(level, level) for _, level in positions]
    axes.set_yticks(list(positions.values()), names, fontsize=6.5)
    for label, (level, position) in zip(axes.get_yticklabels(), positions.items(), strict=True):
        if level in configured:
            label.set_fontweight("bold")
            for panel in axes.figure.axes:
                panel.axhspan(position - 0.5, position + 0.5, color="0.94", linewidth=0, zorder=0)
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
