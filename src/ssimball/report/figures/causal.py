"""The figure of the causal test: which part of a perturbation fools the network."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure, SubFigure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ssimball.report.figures.style import (
    COLOURS,
    MEAN,
    REFERENCE,
    WIDTH,
    Row,
    grid_behind,
    interval_points,
    legend_above,
    name_lines,
    panel_grid,
    style,
)

# By set of cells: number in the palette (None: black), marker, label. No colour of attacks.
_SETS: Mapping[str, tuple[int | None, str, str]] = {
    "all": (None, "s", "whole perturbation"),
    "rest_of_top": (4, "^", "all but the top {area}"),
    "top": (2, "o", "top {area} of the CAM"),
    "random": (1, "D", "random {area}"),
    "bottom": (9, "v", "bottom {area} of the CAM"),
}
# What is subtracted from the top; a difference has its colour and marker.
_DIFFERENCES = ("bottom", "random")
_CONDITIONS = {"equal_area": "equal area", "equal_energy": "equal energy"}
# Inches: a line and what surrounds them, a row of small panels and what lies below them.
_LINE, _AROUND, _SMALL, _BELOW = 0.2, 1.15, 0.74, 0.6
_COLUMNS = 6
_SOLID, _DASHED = "-", (0, (2.5, 1.2))


@dataclass(frozen=True)
class _Results:
    """Rows of the figure by what they are of.

    Attributes:
        attacks: names of the attacks, in their order.
        areas: shares of the cells in a part, ascending.
        rows: by attack, metric, area, condition, set and the set subtracted.
    """

    attacks: Sequence[str]
    areas: Sequence[float]
    rows: Mapping[tuple[Any, ...], Row]

    @classmethod
    def from_rows(cls, rows: Sequence[Row]) -> "_Results":
        keys = ("attack", "metric", "area", "terms", "set", "against")
        return cls(
            attacks=list(dict.fromkeys(row["attack"] for row in rows)),
            areas=sorted({row["area"] for row in rows if row["set"] == "top"}),
            rows={tuple(row[key] for key in keys): row for row in rows},
        )

    def rates(self, area: float, part: str) -> list[Row]:
        """Return the fooling rate of a part by attack."""
        key = ("fooling_rate", area, "equal_area", part, None)
        return [self.rows.get((attack, *key), {}) for attack in self.attacks]

    def difference(self, attack: str, area: float, condition: str, other: str) -> Row:
        """Return the difference in margin drop between the top and another part."""
        return self.rows.get((attack, "margin_drop", area, condition, "top", other), {})


def causal_figure(rows: Sequence[Row], *, confidence: float, top: float) -> Figure:
    """Draw which part of a perturbation fools, and how far each part lowers the margin.

    Args:
        rows: rows of contracts.figures.FIGURE_CAUSAL, None for null; attacks keep their order.
        confidence: confidence level of the intervals, in (0, 1).
        top: share of the cells in the upper panels; the nearest area of the rows is taken.

    Returns:
        A figure 7 inches wide. Above, a line per attack: fooling rates, and differences in margin
        drop between the top cells of the CAM and other cells. Below, where there are several
        areas, these differences by area, a panel per attack.
    """
    results = _Results.from_rows(rows)
    area = min(results.areas, key=lambda candidate: abs(candidate - top), default=top)
    several = len(results.areas) > 1
    heights = [_LINE * len(results.attacks) + _AROUND]
    if several:
        heights.append(_SMALL * panel_grid(len(results.attacks), _COLUMNS)[0] + _BELOW)
    with style():
        figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        _by_attack(parts[0], results, area, confidence)
        if several:
            _by_area(parts[1], results, area)
    return figure


def _by_attack(figure: SubFigure, results: _Results, area: float, confidence: float) -> None:
    panels = figure.subplots(1, 3, sharey=True, width_ratios=(4, 3, 3))
    for axes in panels:
        grid_behind(axes, "x")
        name_lines(axes, results.attacks)
    _rates(panels[0], results, area)
    for axes, (condition, title) in zip(panels[1:], _CONDITIONS.items(), strict=True):
        _differences(axes, results, area, condition)
        axes.set_title(f"Margin falls more by the top\nthan by …, {title}", fontsize=7.5)
        axes.set_xlabel("top minus … (logits)")
    legend_above(figure, _handles(area, confidence), 3)


def _rates(axes: Axes, results: _Results, area: float) -> None:
    positions = np.arange(len(results.attacks))
    for part, offset in zip(_SETS, np.linspace(-0.34, 0.34, len(_SETS)), strict=True):
        rows = results.rates(1.0 if part == "all" else area, part)
        interval_points(axes, positions + offset, rows, MEAN, _look(part))
    counts = {row["n"] for row in results.rates(1.0, "all") if row}
    shown = "–".join(str(n) for n in sorted({min(counts, default=0), max(counts, default=0)}))
    axes.set_title("Images fooled by\nparts of the perturbation")
    axes.set_xlabel(f"Share of images (n = {shown})")
    axes.set_xlim(-0.04, 1.04)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))


def _differences(axes: Axes, results: _Results, area: float, condition: str) -> None:
    positions = np.arange(len(results.attacks))
    axes.axvline(0, **REFERENCE)
    for other, offset in zip(_DIFFERENCES, (-0.15, 0.15), strict=True):
        rows = [results.difference(name, area, condition, other) for name in results.attacks]
        interval_points(axes, positions + offset, rows, MEAN, _look(other, condition))
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _by_area(figure: SubFigure, results: _Results, area: float) -> None:
    """Draw the differences by area; scales differ because attacks differ by magnitudes."""
    rows, columns = panel_grid(len(results.attacks), _COLUMNS)
    panels = figure.subplots(rows, columns, squeeze=False, sharex=True).ravel()
    for number, axes in enumerate(panels):
        if number >= len(results.attacks):
            axes.set_visible(False)
            continue
        _small_panel(axes, results, results.attacks[number])
        axes.axvline(area, color="0.9", linewidth=4, zorder=0)
        axes.tick_params(labelbottom=number + columns >= len(results.attacks))
    panels[0].set_xlim(0, max(results.areas) * 1.12)
    title = "The same differences by the share of cells in a part, each attack on its own scale"
    figure.suptitle(title, fontsize=8)
    figure.supxlabel("Share of the cells in a part (grey: the share shown above)", fontsize=7)
    figure.supylabel("Difference in\nmargin drop (logits)", fontsize=7)


def _small_panel(axes: Axes, results: _Results, attack: str) -> None:
    areas = np.array(results.areas)
    step = 0.012 * areas.max()
    axes.axhline(0, **REFERENCE)
    for condition, line in zip(_CONDITIONS, (_SOLID, _DASHED), strict=True):
        for other, side in zip(_DIFFERENCES, (-1, 1), strict=True):
            rows = [results.difference(attack, area, condition, other) for area in results.areas]
            look = _look(other, condition)
            look |= {"markersize": 2.2, "linewidth": 0.8, "linestyle": line}
            interval_points(axes, areas + side * step, rows, MEAN, look, upright=True)
    # Above the neighbour's uppermost number, which a long name reaches.
    axes.set_title(attack, fontsize=5.8, pad=4)
    axes.tick_params(labelsize=5.5, pad=1.5, length=2)
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _look(part: str, condition: str = "equal_area") -> dict[str, Any]:
    """Return the look of a part; markers are open where parts have equal energy."""
    number, marker, _ = _SETS[part]
    colour = "black" if number is None else COLOURS[number]
    fill = colour if condition == "equal_area" else "white"
    return {
        "color": colour,
        "marker": marker,
        "markerfacecolor": fill,
        "markersize": 3,
        "markeredgewidth": 0.7,
        "linewidth": 0.9,
        "zorder": 3,
    }


def _handles(area: float, confidence: float) -> list[Line2D]:
    points = [
        Line2D(
            [], [], **_look(part) | {"linestyle": "none"}, label=words.format(area=f"{area:.0%}")
        )
        for part, (_, _, words) in _SETS.items()
    ]
    scaled = Line2D(
        [],
        [],
        **_look("all", "equal_energy") | {"marker": "o", "linestyle": _DASHED},
        label=f"open: equal energy; bars: {confidence:.0%} intervals",
    )
    return [*points, scaled]
