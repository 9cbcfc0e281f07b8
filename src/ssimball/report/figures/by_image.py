"""The figure of the primary endpoint image by image."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from numpy.typing import NDArray
from scipy.stats import gaussian_kde

from ssimball.report.figures.lines import Lines
from ssimball.report.figures.style import (
    GROUPS,
    LOOKS,
    WIDTH,
    Row,
    around_zero,
    column,
    grid_behind,
    legend_above,
    style,
)

# Inches: a line, and what is above and below the lines.
_LINE, _AROUND = 0.27, 0.95
#: Points lie within this distance of their line, in lines.
_SPREAD = 0.34
#: Steps of the golden ratio fill an interval evenly.
_GOLDEN = (5**0.5 - 1) / 2


def by_image_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw the primary endpoint of each image, with mean and interval, a line per attack.

    Args:
        rows: rows of contracts.figures.FIGURE_BY_IMAGE, with ``group``; attacks keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide. Points of a line are further apart where there are more of them.
    """
    lines = Lines.of(rows)
    means = [row for row in rows if row["image_id"] is None]
    counts = {row["attack"]: row["n"] for row in means}
    names = [f"{name} (n = {counts[name]})" for name in lines.names]
    with style():
        height = _LINE * lines.height + _AROUND
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        axes = figure.subplots()
        for name, group, position in zip(lines.names, lines.groups, lines.positions, strict=True):
            own = [row for row in rows if row["attack"] == name and row["image_id"] is not None]
            values = column(own, "difference")
            values = values[np.isfinite(values)]
            colour = LOOKS[group]["color"]
            offsets = position + _offsets(values)
            axes.plot(
                values, offsets, ".", color=colour, alpha=0.55, markersize=4.5, mew=0, zorder=2
            )
        around_zero(axes)
        shown = [{**row, "mean": row["difference"]} for row in means]
        black = {"color": "black", "markerfacecolor": "black", "markersize": 4.2, "zorder": 4}
        lines.draw(axes, shown, **black)
        lines.name(axes)
        axes.set_yticks(lines.positions, names)
        axes.margins(x=0.04)
        grid_behind(axes, "x")
        axes.set_xlabel("Rank correlation of 1 − SSIM with the own CAM less other images' CAMs")
        mean = Line2D([], [], color="black", marker="o", markersize=4.2, linewidth=1.1)
        mean.set_label(f"mean over images, {confidence:.0%} interval")
        legend_above(figure, [*_point_handles(lines), mean], 4)
    return figure


def _offsets(values: NDArray[np.float64]) -> NDArray[Any]:
    """Return distances of points from their line, larger where there are more points."""
    even = 2 * ((np.arange(len(values)) * _GOLDEN) % 1) - 1
    if len(values) < 3 or np.ptp(values) < 1e-9:
        return _SPREAD * even
    density: NDArray[Any] = gaussian_kde(values)(values)
    offsets: NDArray[Any] = _SPREAD * even * density / density.max()
    return offsets


def _point_handles(lines: Lines) -> list[Line2D]:
    point: dict[str, Any] = {"linestyle": "none", "marker": "o", "markersize": 3}
    return [
        Line2D([], [], **point, color=LOOKS[group]["color"], label=f"image ({words})")
        for group, words in GROUPS.items()
        if group in lines.groups
    ]
