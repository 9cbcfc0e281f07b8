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
    REFERENCE,
    WIDTH,
    grid_behind,
    interval_points,
    lines_of,
    style,
)

Row = Mapping[str, Any]

_MEAN = ("mean", "ci_low", "ci_high")
# By set of cells: number in the palette (None: grey), marker, words.
_SETS: Mapping[str, tuple[int | None, str, str]] = {
    "all": (None, "s", "whole"),
    "rest_of_top": (4, "^", "all but top {q}"),
    "top": (0, "o", "top {q} of the CAM"),
    "random": (2, "D", "random {q}"),
    "bottom": (1, "v", "bottom {q}"),
}
# A difference has the colour and marker of what is subtracted.
_DIFFERENCES = {"bottom": "top less bottom", "random": "top less random"}
_TERMS = {"equal_area": "equal area", "equal_energy": "equal area and energy"}
# Inches.
_LINE, _AROUND, _SMALL, _BELOW = 0.2, 1.15, 0.74, 0.6
_COLUMNS = 6
_SOLID, _DASHED = "-", (0, (2.5, 1.2))


@dataclass(frozen=True)
class _Found:
    """Rows of the summary by what they are of."""

    attacks: Sequence[str]
    areas: Sequence[float]
    rows: Mapping[tuple[Any, ...], Row]

    def of(
        self, attack: str, metric: str, area: float, terms: str, part: str, other: str | None = None
    ) -> Row:
        return self.rows.get((attack, metric, area, terms, part, other), {})


def causal_figure(rows: Sequence[Row], *, confidence: float, top: float) -> Figure:
    """Who is fooled by which part of a perturbation, and by how much its margin falls.

    Args:
        rows: of contracts.figures.FIGURE_CAUSAL, None for null; attacks keep their order.
        confidence: confidence level of the intervals.
        top: share of the cells to draw line by line; the nearest area of the rows is taken.

    Returns:
        7 inches wide. Above, a line per attack: rates of fooling, and how much more the margin
        falls by the CAM's top cells than by others. Below, where there are several areas, the
        latter by area, a panel per attack.
    """
    found = _by_content(rows)
    area = min(found.areas, key=lambda one: abs(one - top), default=top)
    lines = -(-len(found.attacks) // _COLUMNS) if len(found.areas) > 1 else 0
    heights = [_LINE * len(found.attacks) + _AROUND, _SMALL * lines + _BELOW][: 1 + bool(lines)]
    with style():
        figure = Figure(figsize=(WIDTH, sum(heights)), layout="constrained")
        parts = figure.subfigures(len(heights), 1, height_ratios=heights, squeeze=False)[:, 0]
        _line_by_line(parts[0], found, area, confidence)
        if lines:
            _by_area(parts[1], found, area, lines)
    return figure


def _by_content(rows: Sequence[Row]) -> _Found:
    keys = ("attack", "metric", "area", "terms", "set", "against")
    return _Found(
        attacks=list(dict.fromkeys(row["attack"] for row in rows)),
        areas=sorted({row["area"] for row in rows if row["set"] == "top"}),
        rows={tuple(row[key] for key in keys): row for row in rows},
    )


def _line_by_line(figure: SubFigure, found: _Found, area: float, confidence: float) -> None:
    panels = figure.subplots(1, 3, sharey=True, width_ratios=(4, 3, 3))
    for axes in panels:
        grid_behind(axes, "x")
        lines_of(axes, found.attacks)
    _rates(panels[0], found, area)
    for axes, (terms, title) in zip(panels[1:], _TERMS.items(), strict=True):
        _differences(axes, found, area, terms)
        axes.set_title(f"Difference in margin drop,\n{title}")
        axes.set_xlabel("Logits")
    figure.legend(
        handles=_handles(area, confidence), loc="outside upper center", ncols=4, fontsize=7
    )


def _rates(axes: Axes, found: _Found, area: float) -> None:
    places = np.arange(len(found.attacks))
    for part, offset in zip(_SETS, np.linspace(-0.34, 0.34, len(_SETS)), strict=True):
        own = 1.0 if part == "all" else area
        rows = [found.of(name, "fooling_rate", own, "equal_area", part) for name in found.attacks]
        interval_points(axes, places + offset, rows, _MEAN, _look(part))
    wholes = [found.of(name, "fooling_rate", 1.0, "equal_area", "all") for name in found.attacks]
    counts = {row["n"] for row in wholes if row}
    shown = "–".join(str(n) for n in sorted({min(counts, default=0), max(counts, default=0)}))
    axes.set_title("Images fooled by\nparts of the perturbation")
    axes.set_xlabel(f"Share of images (n = {shown})")
    axes.set_xlim(-0.04, 1.04)
    axes.xaxis.set_major_formatter(PercentFormatter(1.0))


def _differences(axes: Axes, found: _Found, area: float, terms: str) -> None:
    places = np.arange(len(found.attacks))
    axes.axvline(0, **REFERENCE)
    for other, offset in zip(_DIFFERENCES, (-0.15, 0.15), strict=True):
        rows = [found.of(name, "margin_drop", area, terms, "top", other) for name in found.attacks]
        interval_points(axes, places + offset, rows, _MEAN, _look(other, terms))
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _by_area(figure: SubFigure, found: _Found, area: float, lines: int) -> None:
    """The differences by area; scales differ, because attacks differ by orders of magnitude."""
    columns = -(-len(found.attacks) // lines)
    panels = figure.subplots(lines, columns, squeeze=False, sharex=True).ravel()
    for number, axes in enumerate(panels):
        if number >= len(found.attacks):
            axes.set_visible(False)
            continue
        _small(axes, found, found.attacks[number])
        axes.axvline(area, color="0.9", linewidth=4, zorder=0)
        axes.tick_params(labelbottom=number + columns >= len(found.attacks))
    panels[0].set_xlim(0, max(found.areas) * 1.12)
    title = "Top less bottom and top less random by the share of cells, each on its own scale"
    figure.suptitle(title, fontsize=8)
    figure.supxlabel("Share of the cells in a part (grey: the one above)", fontsize=7)
    figure.supylabel("Difference in\nmargin drop (logits)", fontsize=7)


def _small(axes: Axes, found: _Found, attack: str) -> None:
    areas = np.array(found.areas)
    step = 0.012 * areas.max()
    axes.axhline(0, **REFERENCE)
    for terms, line in zip(_TERMS, (_SOLID, _DASHED), strict=True):
        for other, side in zip(_DIFFERENCES, (-1, 1), strict=True):
            rows = [found.of(attack, "margin_drop", one, terms, "top", other) for one in areas]
            look = _look(other, terms) | {"markersize": 2.2, "linewidth": 0.8, "linestyle": line}
            interval_points(axes, areas + side * step, rows, _MEAN, look, upright=True)
    # Above the neighbour's uppermost number, which a long name reaches.
    axes.set_title(attack, fontsize=5.8, pad=4)
    axes.tick_params(labelsize=5.5, pad=1.5, length=2)
    axes.yaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 5, 10]))
    axes.xaxis.set_major_locator(MaxNLocator(3, steps=[1, 2, 2.5, 5, 10]))
    axes.xaxis.set_major_formatter(PercentFormatter(1.0, decimals=0))


def _look(part: str, terms: str = "equal_area") -> dict[str, Any]:
    """Open markers: scaled to equal energy."""
    number, marker, _ = _SETS[part]
    colour = "0.3" if number is None else COLOURS[number]
    fill = colour if terms == "equal_area" else "white"
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
        Line2D([], [], **_look(part) | {"linestyle": "none"}, label=words.format(q=f"{area:.0%}"))
        for part, (_, _, words) in _SETS.items()
    ]
    differences = [
        Line2D([], [], **_look(other), label=words) for other, words in _DIFFERENCES.items()
    ]
    scaled = Line2D(
        [],
        [],
        **_look("all", "equal_energy") | {"marker": "o", "linestyle": _DASHED},
        label=f"open: equal energy; bars: {confidence:.0%} intervals",
    )
    return [*points, *differences, scaled]
