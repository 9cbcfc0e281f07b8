"""The figure of deletion and insertion curves."""

from collections.abc import Mapping, Sequence
from typing import Any

from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ssimball.report.figures.lines import Lines
from ssimball.report.figures.style import (
    COLOURS,
    GROUPS,
    LOOKS,
    WIDTH,
    Row,
    around_zero,
    column,
    grid_behind,
    legend_above,
    message_figure,
    style,
)

_KINDS = {"deletion": "Deletion", "insertion": "Insertion"}
_ACROSS = {"deletion": "share of cells deleted", "insertion": "share of cells inserted"}
_FIRST = {"deletion": "below 0", "insertion": "above 0"}
#: Orders of cells that no attack enters: their look and their words.
_ORDERS: Mapping[str, tuple[Mapping[str, Any], str]] = {
    "cam": ({"color": COLOURS[2], "linestyle": "--", "linewidth": 1.6}, "CAM"),
    "random": ({"color": "black", "linestyle": ":", "linewidth": 1.6}, "random"),
}
_ARTICLES = {"attack": "an", "ball": "an", "control": "a"}
_WIDTHS = {"attack": 0.8, "ball": 1.4, "control": 0.6}
_NOTHING = "No curves: no image has a perturbation to order cells by."
# Inches: the curves, a line below them, and what is above and below the lines.
_CURVES, _LINE, _AROUND = 2.5, 0.16, 0.75


def curves_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw mean deletion and insertion curves, and areas under them by attack.

    Args:
        rows: rows of contracts.figures.FIGURE_CURVES, with ``group`` where there is an attack.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide: above, the probability of the true class by share of the cells, a
        line per order; below, areas under curves less those of a random order. A message where
        there are no curves.
    """
    points = [row for row in rows if row["share"] is not None]
    areas = [row for row in rows if row["share"] is None]
    if not points:
        return message_figure(_NOTHING)
    lines = Lines.of(areas)
    with style():
        heights = [_CURVES, _LINE * lines.height + _AROUND]
        figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
        above, below = figure.subfigures(2, 1, height_ratios=heights, squeeze=False)[:, 0]
        _curves(above, points)
        _areas(below, areas, lines, confidence)
        legend_above(above, _handles(points), 5, title="Order of the cells", title_fontsize=7)
    return figure


def _curves(figure: SubFigure, rows: Sequence[Row]) -> None:
    panels = figure.subplots(1, 2, sharey=True)
    for axes, (kind, title) in zip(panels, _KINDS.items(), strict=True):
        of_kind = [row for row in rows if row["kind"] == kind]
        for attack, order in dict.fromkeys((row["attack"], row["order"]) for row in of_kind):
            curve = [row for row in of_kind if (row["attack"], row["order"]) == (attack, order)]
            look = _look(order, curve[0].get("group"))
            axes.plot(column(curve, "share"), column(curve, "mean"), **look)
        axes.set_title(title)
        axes.set_xlabel(_ACROSS[kind])
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        axes.set_xlim(0, 1)
        axes.set_ylim(-0.02, 1.02)
        grid_behind(axes, "both")
    panels[0].set_ylabel("Probability of the true class\n(mean over images)")


def _look(order: str, group: str | None) -> Mapping[str, Any]:
    if group is None:
        return {**_ORDERS[order][0], "zorder": 4}
    return {"color": LOOKS[group]["color"], "linewidth": _WIDTHS[group], "zorder": 3}


def _areas(figure: SubFigure, rows: Sequence[Row], lines: Lines, confidence: float) -> None:
    panels = figure.subplots(1, 2, sharey=True)
    for axes, kind in zip(panels, _KINDS, strict=True):
        lines.draw(axes, [row for row in rows if row["kind"] == kind], markersize=3.4)
        around_zero(axes)
        lines.name(axes, 6.5)
        axes.margins(x=0.08)
        first = f"{_FIRST[kind]}: important cells come first"
        axes.set_xlabel(f"area under the curve less a random order's\n({first})", fontsize=7)
        grid_behind(axes, "x")
    title = f"Order of the SSIM deficit: area by attack, mean and {confidence:.0%} interval"
    figure.suptitle(title, fontsize=8)


def _handles(rows: Sequence[Row]) -> list[Line2D]:
    orders = {row["order"] for row in rows}
    groups = {row.get("group") for row in rows}
    handles = [
        Line2D([], [], **look, label=words)
        for order, (look, words) in _ORDERS.items()
        if order in orders
    ]
    return handles + [
        Line2D(
            [],
            [],
            color=LOOKS[group]["color"],
            linewidth=_WIDTHS[group],
            label=f"1 − SSIM of {_ARTICLES[group]} {words}",
        )
        for group, words in GROUPS.items()
        if group in groups
    ]
