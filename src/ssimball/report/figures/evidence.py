"""The main figure: overlap against fooling."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray
from scipy.optimize import isotonic_regression

from ssimball.report.figures.lines import group_handles
from ssimball.report.figures.style import (
    LOOKS,
    MEAN,
    REFERENCE,
    WIDTH,
    Row,
    column,
    grid_behind,
    legend_above,
    message_figure,
    style,
)

#: Where names begin left and right of the points, on the axis of images fooled.
_LEFT, _RIGHT = -0.08, 1.08
#: Inches: height of a name, the lowest panel, and what is above and below it.
_NAME, _LOWEST, _AROUND = 0.125, 3.1, 0.85
#: Inches: width of the panel, of a letter of a name, and of what is before and after the name.
_ACROSS, _LETTER, _SPACE = 6.2, 0.052, 0.16
#: Most letters of a name.
_LETTERS = 34
_NOTHING = "No attack has a value: no image was attacked, or none has an overlap."


def evidence_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw overlap against fooling, a point per attack and control.

    Args:
        rows: rows of contracts.figures.FIGURE_EVIDENCE, with ``group``.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide, names beside the points; a message where no attack has both values.
    """
    cells = {(row["attack"], row["quantity"]): row for row in rows}
    pairs = [
        (fooled, overlap)
        for (attack, quantity), overlap in cells.items()
        if quantity == "overlap" and (fooled := cells.get((attack, "fooled"))) is not None
    ]
    pairs = [pair for pair in pairs if np.isfinite(column(pair, "mean")).all()]
    if not pairs:
        return message_figure(_NOTHING)
    on_right = [fooled["mean"] > 0.5 for fooled, _ in pairs]
    most = max(sum(on_right), len(pairs) - sum(on_right))
    with style():
        panel = max(_LOWEST, _NAME * most)
        figure = Figure(figsize=(WIDTH, panel + _AROUND), layout="constrained")
        axes = figure.subplots()
        _points(axes, pairs)
        left, right = (
            [pair for pair, other in zip(pairs, on_right, strict=True) if other == side]
            for side in (False, True)
        )
        axes.set_xlim(*_limits(left, right))
        _names(axes, left, _LEFT, _NAME / panel)
        _names(axes, right, _RIGHT, _NAME / panel)
        groups = [overlap.get("group", "attack") for _, overlap in pairs]
        legend_above(figure, group_handles(groups, f"means and {confidence:.0%} intervals"), 4)
    return figure


def _points(axes: Axes, pairs: Sequence[tuple[Row, Row]]) -> None:
    for fooled, overlap in pairs:
        (x, left, right), (y, low, high) = (
            [row[name] for name in MEAN] for row in (fooled, overlap)
        )
        look = {**LOOKS[overlap.get("group", "attack")], "zorder": 3}
        faint = {"color": look["color"], "alpha": 0.35, "linewidth": 0.8, "zorder": 2}
        if left is not None and right is not None:
            axes.plot([left, right], [y, y], **faint)
        if low is not None and high is not None:
            axes.plot([x, x], [low, high], color=look["color"], linewidth=1.1, zorder=2.5)
        axes.plot([x], [y], markersize=4.5, **look)
    axes.axhline(0, **REFERENCE)
    axes.set_xticks(np.linspace(0, 1, 6))
    axes.margins(y=0.06)
    grid_behind(axes, "both")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("Images fooled")
    axes.set_ylabel(
        "Overlap with the CAM (0: chance): rank correlation\n"
        "of 1 − SSIM with the own CAM less other images' CAMs"
    )


def _limits(
    left: Sequence[tuple[Row, Row]], right: Sequence[tuple[Row, Row]]
) -> tuple[float, float]:
    """Return limits of the axis of images fooled that leave room for the names of points."""
    letters = [max((len(_name(pair)) for pair in pairs), default=0) for pairs in (left, right)]
    beside = [_LETTER * number + _SPACE for number in letters]
    inch = (_RIGHT - _LEFT) / (_ACROSS - sum(beside))
    return _LEFT - beside[0] * inch, _RIGHT + beside[1] * inch


def _name(pair: tuple[Row, Row]) -> str:
    name = str(pair[1]["attack"])
    return name if len(name) <= _LETTERS else f"{name[: _LETTERS - 1]}…"


def _names(axes: Axes, pairs: Sequence[tuple[Row, Row]], place: float, least: float) -> None:
    """Name points in a column beside them, each at a height of its own.

    Args:
        axes: the panel, with its limits.
        pairs: means of fooling and overlap.
        place: of the column, on the axis of images fooled.
        least: least distance of two names, as a share of the panel's height.
    """
    low, high = axes.get_ylim()
    ordered = sorted(pairs, key=lambda pair: pair[1]["mean"])
    heights = spread(column([pair[1] for pair in ordered], "mean"), least * (high - low), low, high)
    outwards = 1 if place > 0.5 else -1
    for (fooled, overlap), height in zip(ordered, heights, strict=True):
        axes.annotate(
            _name((fooled, overlap)),
            (fooled["mean"], overlap["mean"]),
            (place + 0.015 * outwards, height),
            fontsize=6.5,
            ha="left" if outwards > 0 else "right",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.8},
            zorder=2.2,
        )
        axes.plot(
            [fooled["mean"], place],
            [overlap["mean"], height],
            color="0.6",
            linewidth=0.6,
            linestyle=(0, (1, 1.5)),
            zorder=1,
        )
    axes.set_ylim(low, high)


def spread(
    heights: NDArray[np.float64], least: float, low: float, high: float
) -> NDArray[np.float64]:
    """Move ascending heights apart, as little as possible in the sum of squares.

    Args:
        heights: (n,), ascending.
        least: least distance of two neighbours; smaller where n of them do not fit.
        low: lower end of what they may take.
        high: upper end.
    """
    if not len(heights):
        return heights
    step = min(least, (high - low) / len(heights))
    offsets = step * (np.arange(len(heights)) + 0.5)
    fitted = isotonic_regression(heights - offsets).x
    apart: NDArray[np.float64] = np.clip(fitted, low, high - step * len(heights)) + offsets
    return apart
