"""The forest plot of a comparison of networks: a line per network, the mean over all below."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter
from matplotlib.transforms import ScaledTranslation

from ssimball.report.figures.style import (
    COLOURS,
    LOOKS,
    MEAN,
    WIDTH,
    Row,
    around_zero,
    grid_behind,
    interval_points,
    legend_above,
    name_lines,
    style,
)

#: Name of the line of the mean over all networks.
ALL = "mean of all"
#: Looks of the statements of a panel, the first that of the attack.
_LOOKS: Sequence[Mapping[str, Any]] = (
    LOOKS["ball"],
    LOOKS["control"],
    {"color": COLOURS[4], "marker": "^"},
    {"color": COLOURS[0], "marker": "v"},
)
# Inches: a line, and what is above and below the lines.
_LINE, _AROUND = 0.36, 1.6
#: Inches of the numbers below an axis.
_NUMBERS = 0.25
#: Space between the statements of a panel, in lines.
_APART = 0.18


@dataclass(frozen=True)
class Panel:
    """A panel of the forest plot.

    Attributes:
        title: its title.
        label: what its axis measures.
        lines: statements with their words.
        is_share: whether the axis shows shares of images.
    """

    title: str
    label: str
    lines: Sequence[tuple[str, str]]
    is_share: bool = False


def forest_figure(
    rows: Sequence[Row], across: Sequence[Row], panels: Sequence[Panel], *, confidence: float
) -> Figure:
    """Draw statements by network, with the mean over networks and its interval.

    Args:
        rows: rows of contracts.networks.NETWORKS.
        across: rows of contracts.networks.ACROSS.
        panels: what to draw.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide, panels side by side with a legend below each.
    """
    networks = list(dict.fromkeys(row["network"] for row in rows))
    cells = {(row["statement"], row["network"]): row for row in rows}
    cells |= {(row["statement"], ALL): row for row in across}
    names = [*networks, ALL]
    with style():
        size = WIDTH, _LINE * len(names) + _AROUND
        figure = Figure(figsize=size, layout="constrained")
        drawn = figure.subplots(1, len(panels), sharey=True, squeeze=False)[0]
        for axes, panel in zip(drawn, panels, strict=True):
            name_lines(axes, names, 7)
            axes.axhline(len(networks) - 0.5, color="0.6", linewidth=0.7)
            _points(axes, panel, [[cells.get((s, n), {}) for n in names] for s, _ in panel.lines])
            _finish(figure, axes, panel)
        example = Line2D([], [], **LOOKS["ball"], markersize=4, linewidth=1.1)
        example.set_label(
            f"mean over images and {confidence:.0%} interval; of all: for other networks and images"
        )
        legend_above(figure, [example], 1)
    return figure


def _points(axes: Axes, panel: Panel, lines: Sequence[Sequence[Row]]) -> None:
    middle = (len(lines) - 1) / 2
    for number, (line, (_, words)) in enumerate(zip(lines, panel.lines, strict=True)):
        places = np.arange(len(line)) + _APART * (number - middle)
        look = {**_LOOKS[number], "zorder": 3, "label": words}
        interval_points(axes, places, line, MEAN, look)


def _legend(figure: Figure, axes: Axes) -> None:
    """Put the legend of a panel below the numbers of its axis."""
    below = axes.transAxes + ScaledTranslation(0, -_NUMBERS, figure.dpi_scale_trans)
    axes.legend(
        loc="upper left",
        bbox_to_anchor=(0, 0),
        bbox_transform=below,
        borderaxespad=0,
        handletextpad=0.2,
        fontsize=6.5,
    )


def _finish(figure: Figure, axes: Axes, panel: Panel) -> None:
    axes.set_title(f"{panel.title}\n{panel.label}")
    grid_behind(axes, "x")
    _legend(figure, axes)
    if panel.is_share:
        axes.set_xlim(-0.05, 1.05)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        around_zero(axes)
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(4, steps=[1, 2, 2.5, 5, 10]))
