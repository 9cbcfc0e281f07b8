"""The main figure: overlap against fooling, and what the overlap is about."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ssimball.report.figures.evidence_rows import OTHER_IMAGES
from ssimball.report.figures.style import (
    COLOURS,
    REFERENCE,
    WIDTH,
    Row,
    column,
    grid_behind,
    interval_points,
    legend_above,
    style,
)
from ssimball.storage.contracts.class_roles import CLASS_MEAN, RANDOM, RUNNER_UP, TOP_TEN

_ATTACK: Mapping[str, Any] = {"color": COLOURS[0], "marker": "o"}
_CONTROL: Mapping[str, Any] = {"color": COLOURS[1], "marker": "D", "markerfacecolor": "white"}
_LABELS = {
    OTHER_IMAGES: "other images' CAMs",
    RANDOM: "random classes",
    CLASS_MEAN: "mean over classes",
    TOP_TEN: "rest of top ten",
    RUNNER_UP: "runner-up class",
    "0": "trained",
    "1": "random head",
    "all": "all layers random",
}
_INTERVAL = ("difference", "ci_low", "ci_high")
#: Least distance of two names, as a share of the panel's height.
_APART = 0.052


def evidence_figure(rows: Sequence[Row], *, confidence: float, attack: str | None) -> Figure:
    """Draw overlap against fooling, and the overlap of one attack by class and by network.

    Args:
        rows: rows of contracts.figures.FIGURE_EVIDENCE.
        confidence: confidence level of the intervals, in (0, 1).
        attack: the attack of the panels on the right.

    Returns:
        A figure 7 inches wide.
    """
    panels = {name: [r for r in rows if r["panel"] == name] for name in ("class", "network")}
    shown = {name: points for name, points in panels.items() if points}
    with style():
        figure = Figure(figsize=(WIDTH, 3.9), layout="constrained")
        ratios = [1.55, 1] if shown else [1]
        grid = figure.add_gridspec(max(1, len(shown)), len(ratios), width_ratios=ratios)
        _fooling(figure.add_subplot(grid[:, 0]), [r for r in rows if r["panel"] == "fooling"])
        for line, (name, points) in enumerate(shown.items()):
            axes = figure.add_subplot(grid[line, 1])
            titles = {
                "class": f"{attack}: own CAM less ...",
                "network": f"{attack}: own CAM less other images',\non networks with random layers",
            }
            _intervals(axes, points, titles[name])
        bars = f"{confidence:.0%} interval"
        handles = [
            Line2D([], [], **_ATTACK, linewidth=1.1, markersize=4, label=f"attack, {bars}"),
            Line2D([], [], **_CONTROL, linewidth=1.1, markersize=4, label=f"control, {bars}"),
        ]
        legend_above(figure, handles, 2)
    return figure


def _fooling(axes: Axes, rows: Sequence[Row]) -> None:
    for is_control, look in ((False, _ATTACK), (True, _CONTROL)):
        points = [row for row in rows if row["is_control"] == is_control]
        fooled = column(points, "fooled")
        interval_points(axes, fooled, points, _INTERVAL, {**look, "zorder": 3}, upright=True)
    axes.axhline(0, **REFERENCE)
    axes.set_xlim(-0.05, 1.05)
    axes.margins(y=0.08)
    grid_behind(axes, "both")
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    axes.set_xlabel("Images fooled")
    axes.set_ylabel(
        "Rank correlation of SSIM deficit with the own CAM\nless that with other images' CAMs"
    )
    _names(axes, [row for row in rows if row["difference"] is not None])


def _names(axes: Axes, rows: Sequence[Row]) -> None:
    """Name the points towards the middle, each name at a height of its own."""
    low, high = axes.get_ylim()
    ordered = sorted(rows, key=lambda row: row["difference"])
    heights = _spread([row["difference"] for row in ordered], _APART * (high - low))
    for row, height in zip(ordered, heights, strict=True):
        to_left = row["fooled"] > 0.5
        axes.annotate(
            row["label"],
            (row["fooled"], row["difference"]),
            (row["fooled"] - 0.05 if to_left else row["fooled"] + 0.05, height),
            fontsize=6,
            ha="right" if to_left else "left",
            va="center",
            bbox={"facecolor": "white", "edgecolor": "none", "pad": 0.4, "alpha": 0.75},
            arrowprops={"arrowstyle": "-", "color": "0.7", "linewidth": 0.4, "shrinkB": 3},
            zorder=2.5,
        )


def _spread(heights: Sequence[float], least: float) -> list[float]:
    """Move ascending heights apart, as little as a sweep from below and their mean allow."""
    spread: list[float] = []
    for height in heights:
        spread.append(height if not spread else max(height, spread[-1] + least))
    shift = float(np.mean(np.subtract(heights, spread))) if spread else 0.0
    return [height + shift for height in spread]


def _intervals(axes: Axes, rows: Sequence[Row], title: str) -> None:
    positions = np.arange(len(rows))
    interval_points(axes, positions, rows, _INTERVAL, {**_ATTACK, "zorder": 3})
    axes.axvline(0, **REFERENCE)
    labels = [_LABELS.get(row["label"], f"last {row['label']} layers random") for row in rows]
    axes.set_yticks(positions, labels, fontsize=7)
    axes.set_ylim(len(rows) - 0.5, -0.5)
    axes.margins(x=0.08)
    axes.set_title(title, fontsize=7)
    axes.set_xlabel("Difference in rank correlation", fontsize=7)
    axes.tick_params(axis="x", labelsize=7)
    grid_behind(axes, "x")
