"""Figures with a line per attack and a panel per quantity: the overview, and other classes."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ssimball.report.figures.lines import Lines
from ssimball.report.figures.style import (
    WIDTH,
    Row,
    around_zero,
    column,
    grid_behind,
    legend_above,
    message_figure,
    same_scale,
    style,
)
from ssimball.storage.contracts.class_roles import CLASS_MEAN, RANDOM, RUNNER_UP, TOP_TEN

# Inches: a line, and what is above and below the lines.
_LINE, _AROUND = 0.175, 1.1
_NOTHING = "No attack has a value: no image was attacked, or none has an overlap."


@dataclass(frozen=True)
class LinePanels:
    """A figure with a line per attack.

    Attributes:
        titles: title of the panel of each quantity.
        label: label of the axes that are no shares.
        below: what stands below all panels.
        shared: quantities whose panels have the same scale.
    """

    titles: Mapping[str, str]
    label: str
    below: str | None
    shared: Sequence[str]


OVERVIEW = LinePanels(
    {
        "fooled": "Images\nfooled",
        "overlap": "Overlap with\nthe CAM",
        "partial": "the same, given\ntexture and centre",
        "object": "Overlap with\nthe object",
    },
    "rank correlation less\nthat of other images",
    None,
    ("overlap", "partial", "object"),
)
CLASSES = LinePanels(
    {
        "own": "Overlap with the\nCAM of the class",
        "other_images": "less other\nimages' CAMs",
        RANDOM: "less random\nclasses",
        CLASS_MEAN: "less mean\nover classes",
        TOP_TEN: "less rest of\nthe top ten",
        RUNNER_UP: "less the\nrunner-up",
    },
    "",
    "Rank correlation of 1 − SSIM with a CAM; from the second panel on, differences image by "
    "image, on one scale",
    ("other_images", RANDOM, CLASS_MEAN, TOP_TEN, RUNNER_UP),
)


def line_panels(rows: Sequence[Row], panels: LinePanels, *, confidence: float) -> Figure:
    """Draw means and intervals: a line per attack, a panel per quantity that any attack has.

    Args:
        rows: rows of contracts.figures.FIGURE_OVERVIEW or FIGURE_CLASSES, with ``group``; attacks
            keep their order.
        panels: the panels.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide; a message where there are no values.
    """
    has = {row["quantity"] for row in rows if np.isfinite(column([row], "mean")).all()}
    shown = [quantity for quantity in panels.titles if quantity in has]
    if not shown:
        return message_figure(_NOTHING)
    lines = Lines.of(rows)
    with style():
        height = _LINE * lines.height + _AROUND
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        grid = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for axes, quantity in zip(grid, shown, strict=True):
            lines.draw(axes, [row for row in rows if row["quantity"] == quantity], markersize=3.6)
            # Narrow panels have room for few numbers.
            _finish(axes, quantity, panels, ticks=4 if len(shown) <= 4 else 2)
        lines.name(grid[0])
        for axes in grid[1:]:
            lines.name(axes)
            axes.tick_params(labelleft=False)
        shared = [axes for axes, name in zip(grid, shown, strict=True) if name in panels.shared]
        same_scale(shared, "x")
        if panels.below is not None:
            figure.supxlabel(panels.below, size=7)
        legend_above(figure, lines.handles(confidence), 4)
    return figure


def _finish(axes: Axes, quantity: str, panels: LinePanels, ticks: int) -> None:
    axes.set_title(panels.titles[quantity], fontsize=7.5)
    grid_behind(axes, "x")
    axes.tick_params(axis="x", labelsize=6.5)
    if quantity == "fooled":
        axes.set_xlim(-0.05, 1.05)
        axes.set_xticks([0, 0.5, 1])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlabel("share of images", fontsize=7)
    else:
        around_zero(axes)
        axes.xaxis.set_major_locator(MaxNLocator(ticks, steps=[1, 2, 5, 10]))
        axes.set_xlabel(panels.label, fontsize=7)
