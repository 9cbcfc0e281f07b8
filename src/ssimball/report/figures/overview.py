"""The figure of overlap by attack."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssimball.overlap.metric import (
    SHARE_MASK,
    SPEARMAN_CAM,
    SPEARMAN_MASK,
    TOP_IOU_CAM,
    TOP_IOU_MASK,
    TOP_SHARE_CAM,
    Metric,
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
    style,
)


@dataclass(frozen=True)
class _Panel:
    """A panel of the figure.

    Attributes:
        metric: the metric that it shows.
        title: its title; ``{top}`` stands for the share of the top cells.
        label: label of its axis.
        chance: value of a random map; None where that depends on the maps.
    """

    metric: Metric
    title: str
    label: str
    chance: float | None = None


_CORRELATION, _SHARE = "Spearman's rank correlation", "Share of the SSIM deficit"
_IOU = "Intersection over union"


def _panels(top: float) -> Mapping[str, Sequence[_Panel]]:
    """Return the panels by the kind of map that the SSIM deficit is compared with."""
    cells = f"top {top:.0%} of cells"
    return {
        "cam": (
            _Panel(SPEARMAN_CAM, "SSIM deficit and CAM", _CORRELATION, 0.0),
            _Panel(TOP_SHARE_CAM, f"SSIM deficit in the\n{cells} of the CAM", _SHARE, top),
            _Panel(TOP_IOU_CAM, f"Overlap of the {cells}\nof SSIM deficit and CAM", _IOU),
        ),
        "mask": (
            _Panel(SPEARMAN_MASK, "SSIM deficit and object", _CORRELATION, 0.0),
            _Panel(SHARE_MASK, "SSIM deficit\ninside the object", _SHARE),
            _Panel(TOP_IOU_MASK, f"Overlap of the {cells}\nof SSIM deficit and object", _IOU),
        ),
    }


def overview(rows: Sequence[Row], *, confidence: float, top: float) -> Figure:
    """Draw the overlap by attack: mean and interval with the null beside it, by metric.

    Args:
        rows: rows of contracts.figures.FIGURE_OVERVIEW; attacks are drawn in their order, from the
            top.
        confidence: confidence level of the intervals, in (0, 1).
        top: share of the cells that counts as the top, in (0, 1].

    Returns:
        A figure 7 inches wide: a row of panels against CAMs and, where measured, one against
        object masks.
    """
    cells = {(row["attack"], quantity_of(row)): row for row in rows}
    attacks = list(dict.fromkeys(row["attack"] for row in rows))
    measured = {metric for _, metric in cells}
    kinds = [panels for panels in _panels(top).values() if panels[0].metric in measured] or [
        _panels(top)["cam"]
    ]
    with style():
        height = (0.85 + 0.24 * len(attacks)) * len(kinds) + 0.35
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        grid = figure.subplots(len(kinds), 3, squeeze=False, sharey=True)
        for panels, line in zip(kinds, grid, strict=True):
            for axes, panel in zip(line, panels, strict=True):
                _draw(axes, panel, [cells.get((name, panel.metric), {}) for name in attacks])
        grid[0, 0].set_yticks(np.arange(len(attacks)), attacks)
        grid[0, 0].set_ylim(len(attacks) - 0.5, -0.5)
        _legend(figure, grid[0, 0], confidence)
    return figure


def _draw(axes: Axes, panel: _Panel, rows: Sequence[Row]) -> None:
    positions = np.arange(len(rows))
    value = {"color": COLOURS[0], "marker": "o", "zorder": 3}
    null = {"color": COLOURS[1], "marker": "D", "markerfacecolor": "white", "zorder": 3}
    interval_points(axes, positions - 0.13, rows, MEAN, value)
    interval_points(axes, positions + 0.17, rows, NULL, null)
    if panel.chance is not None:
        axes.axvline(panel.chance, **REFERENCE)
    grid_behind(axes, "x")
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
    axes.set_title(panel.title)
    axes.set_xlabel(panel.label)
    if panel.label != _CORRELATION:
        axes.set_xlim(left=0.0)


def _legend(figure: Figure, axes: Axes, confidence: float) -> None:
    labels = [
        f"map of the same image (mean, {confidence:.0%} interval)",
        "maps of other images (null)",
        "random map",
    ]
    handles = cast(list[Artist], [*axes.containers, axes.lines[-1]])
    figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=2.0)
