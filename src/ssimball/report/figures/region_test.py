"""The figure of the region test: an attack and noise in regions of the image."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ssimball.report.figures.style import (
    LOOKS,
    REFERENCE,
    WIDTH,
    Row,
    column,
    grid_behind,
    interval_points,
    legend_above,
    message_figure,
    name_lines,
    style,
)
from ssimball.storage.contracts import region_names as names

#: Regions in the order of the figure, with the words for each.
_REGIONS: Mapping[str, str] = {
    names.ALL: "whole image",
    names.ALL_BUT_TOP_CAM: "all but the top CAM",
    names.OBJECT: "object",
    names.TOP_CAM: "top CAM",
    names.TOP_GRADIENT: "top gradient",
    names.TOP_TEXTURE: "top texture",
    names.CENTRE: "centre",
    names.RANDOM: "random cells",
    names.OTHER_CAM: "another image's CAM",
    names.BOTTOM_CAM: "bottom CAM",
}
ATTACK, NOISE = "attack", "noise"
_COLUMNS = ("region", "n")
_NOTHING = "No region test: no image has values."
# Inches: a line, and what surrounds them.
_LINE, _AROUND = 0.26, 1.15


def region_rows(test: Sequence[Row], noise: Sequence[Row]) -> list[Row]:
    """Return the rows of contracts.figures.FIGURE_REGION_TEST.

    Args:
        test: rows of contracts.region_test.REGION_TEST_SUMMARY.
        noise: rows of contracts.region_noise.REGION_NOISE_SUMMARY; empty where the run has none.
    """
    shown = [
        *_COLUMNS,
        *(f"{mean}{end}" for mean in ("margin_fall", "fooling_rate") for end in _ENDS),
        *("share_low", "share_high"),
    ]
    return [
        {"kind": kind, **{name: row.get(name) for name in shown}}
        for kind, rows in ((ATTACK, test), (NOISE, noise))
        for row in rows
        if row["n"]
    ]


_ENDS = ("", "_low", "_high")


def region_test_figure(rows: Sequence[Row], *, attack: str, confidence: float) -> Figure:
    """Draw what an attack and noise do in each region.

    Args:
        rows: rows of contracts.figures.FIGURE_REGION_TEST.
        attack: display name of the attack.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide, a line per region: falls of the margin, images fooled, and certified
        shares of the optimum. A message where no image has values.
    """
    by_kind = {
        kind: {r["region"]: r for r in rows if r["kind"] == kind} for kind in (ATTACK, NOISE)
    }
    regions = [name for name in _REGIONS if name in by_kind[ATTACK]]
    if not regions:
        return message_figure(_NOTHING)
    with style():
        size = WIDTH, _LINE * len(regions) + _AROUND
        figure = Figure(figsize=size, layout="constrained")
        panels = figure.subplots(1, 3, sharey=True, width_ratios=(4, 3, 3))
        for axes in panels:
            name_lines(axes, [_REGIONS[name] for name in regions])
            _separate(axes, regions)
            grid_behind(axes, "x")
        _means(panels[0], by_kind, regions, "margin_fall")
        _means(panels[1], by_kind, regions, "fooling_rate")
        _shares(panels[2], [by_kind[ATTACK][name] for name in regions])
        panels[0].set_title("Fall of the margin")
        panels[0].set_xlabel("logits")
        panels[1].set_title("Images fooled")
        panels[2].set_title("Share of the optimum")
        panels[2].set_xlabel("certified, linearised loss", fontsize=7)
        for axes in panels[1:]:
            axes.set_xlim(-0.03, 1.03)
            axes.xaxis.set_major_formatter(PercentFormatter(1.0))
        legend_above(figure, _handles(attack, bool(by_kind[NOISE]), confidence), 3)
    return figure


def _separate(axes: Axes, regions: Sequence[str]) -> None:
    """Draw a line between regions of equal area and the others."""
    others = sum(name not in names.EQUAL_REGIONS for name in regions)
    axes.axhline(others - 0.5, color="0.6", linewidth=0.7)


def _means(
    axes: Axes, by_kind: Mapping[str, Mapping[str, Row]], regions: Sequence[str], name: str
) -> None:
    columns = (name, f"{name}_low", f"{name}_high")
    positions = np.arange(len(regions))
    axes.axvline(0, **REFERENCE)
    for kind, offset in ((ATTACK, -0.14), (NOISE, 0.14)):
        rows = [by_kind[kind].get(region, {}) for region in regions]
        interval_points(axes, positions + offset, rows, columns, _look(kind))


def _shares(axes: Axes, rows: Sequence[Row]) -> None:
    """Draw both bounds: a bar from 0 to the lower one, and a mark at the upper one."""
    positions, colour = np.arange(len(rows)), _look(ATTACK)["color"]
    low, high = column(rows, "share_low"), column(rows, "share_high")
    axes.barh(positions, low, height=0.5, color=colour, alpha=0.75, linewidth=0)
    axes.plot(high, positions, linestyle="none", marker="|", color="black", markersize=8)


def _look(kind: str) -> dict[str, Any]:
    group = {ATTACK: "ball", NOISE: "control"}[kind]
    fill = LOOKS[group]["color"] if kind == ATTACK else "white"
    return {**LOOKS[group], "markerfacecolor": fill}


def _handles(attack: str, has_noise: bool, confidence: float) -> list[Line2D]:
    words = {ATTACK: f"{attack}, confined, at equal SSIM"}
    if has_noise:
        words[NOISE] = f"noise on the clean image; bars: {confidence:.0%} intervals"
    points = [
        Line2D([], [], **_look(kind) | {"linestyle": "none"}, label=label)
        for kind, label in words.items()
    ]
    upper: dict[str, Any] = {"marker": "|", "color": "black", "markersize": 8, "linestyle": "none"}
    return [*points, Line2D([], [], **upper, label="upper bound; bar: lower bound")]
