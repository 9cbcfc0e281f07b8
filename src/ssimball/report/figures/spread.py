"""Figures of distributions over images: a line per attack, a panel per quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ssimball.report.figures.style import (
    COLOURS,
    REFERENCE,
    WIDTH,
    grid_behind,
    lines_of,
    spaced,
    style,
    words,
)

Row = Mapping[str, Any]


@dataclass(frozen=True)
class Panel:
    """How a quantity is shown: logarithmic from ``smallest`` on, linear from there to 0."""

    title: str
    unit: str
    smallest: float
    colour: str


@dataclass(frozen=True)
class Spread:
    """A figure: its panels by quantity, and what is said where no attack has any."""

    panels: Mapping[str, Panel]
    nothing: str


RADII = Spread(
    {
        "smallest_budget": Panel("Smallest budget", "attack's own measure", 1e-5, COLOURS[0]),
        "l2": Panel("l2 norm", "image in [0, 1]", 1e-2, COLOURS[1]),
        "linf": Panel("Largest change", "image in [0, 1]", 1e-3, COLOURS[2]),
        "ssim_distance": Panel("SSIM distance", "1 − mean SSIM", 1e-6, COLOURS[4]),
    },
    "No smallest perturbations: no attack of this run looked for one on these terms. They are "
    "found with comparison.mode: matched_outcome.",
)
GAPS = Spread(
    {"gap": Panel("Certificates", "relative gap, (dual − primal) / dual", 1e-8, COLOURS[0])},
    "No certificates: no attack of this run proves how good it is. The SSIM ball's do.",
)
COSTS = Spread(
    {
        "forward_passes": Panel("Passes through the network", "passes an image", 1.0, COLOURS[0]),
        "backward_passes": Panel("Gradients of its output", "gradients an image", 1.0, COLOURS[1]),
        "iterations": Panel("Iterations of the solver", "iterations an image", 1.0, COLOURS[2]),
    },
    "No costs: no attack of this run has a stored image.",
)
SECONDS = Spread(
    {
        "seconds": Panel("Time", "seconds an image", 1e-3, COLOURS[0]),
        "solve_seconds": Panel("In the conic solver", "seconds an image", 1e-3, COLOURS[1]),
    },
    "No times: no attack of this run has a stored image.",
)
# Inches.
_LINE, _AROUND = 0.19, 1.0


def spread_figure(rows: Sequence[Row], spread: Spread) -> Figure:
    """Quantiles of each quantity by attack, and of how many images.

    Args:
        rows: of contracts.figures.FIGURE_RADII, FIGURE_GAPS, FIGURE_COSTS or FIGURE_SECONDS;
            attacks keep their order.
        spread: what to show of them.

    Returns:
        7 inches wide, a line per attack; without rows, words.
    """
    if not rows:
        return words(spread.nothing)
    attacks = list(dict.fromkeys(row["attack"] for row in rows))
    found = {(row["attack"], row["quantity"]): row for row in rows}
    shown = [name for name in spread.panels if any(row["quantity"] == name for row in rows)]
    with style():
        height = _LINE * len(attacks) + _AROUND
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        for axes, name in zip(panels, shown, strict=True):
            lines_of(axes, [_counted(found, attack, shown) for attack in attacks])
            own = [found.get((attack, name), {}) for attack in attacks]
            _panel(axes, spread.panels[name], own, apart=0.07 * len(shown))
        figure.legend(
            handles=_handles(rows), loc="outside upper center", ncols=5, fontsize=7, handlelength=2
        )
    return figure


def _counted(found: Mapping[tuple[str, str], Row], attack: str, shown: Sequence[str]) -> str:
    """Name of an attack, and how many of its images have a value."""
    row = next(found[attack, name] for name in shown if (attack, name) in found)
    total = row["n"] + row["n_missing"]
    return (
        f"{attack} (n = {row['n']})" if row["n"] == total else f"{attack} ({row['n']} of {total})"
    )


def _panel(axes: Axes, panel: Panel, rows: Sequence[Row], apart: float) -> None:
    places, colour = np.arange(len(rows)), panel.colour

    def at(column: str) -> np.ndarray[Any, Any]:
        return np.array([row.get(column) for row in rows], np.float64)

    for low, high, width in (("p05", "p95", 0.9), ("p25", "p75", 3.2)):
        axes.hlines(places, at(low), at(high), color=colour, linewidth=width, zorder=3)
    for column in ("minimum", "maximum"):
        axes.plot(at(column), places, "|", color=colour, markersize=4, markeredgewidth=0.8)
    look: dict[str, Any] = {
        "color": colour,
        "markerfacecolor": "white",
        "markersize": 3.4,
        "zorder": 4,
    }
    axes.plot(at("median"), places, "o", **look)
    tolerance = at("tolerance")
    axes.vlines(tolerance, places - 0.4, places + 0.4, **REFERENCE)
    ends = np.concatenate([at("minimum"), at("maximum"), tolerance])
    _scale(axes, panel, ends[np.isfinite(ends)], apart)
    _within(axes, rows)
    axes.set_title(panel.title)
    axes.set_xlabel(panel.unit)
    grid_behind(axes, "x")


def _scale(axes: Axes, panel: Panel, values: np.ndarray[Any, Any], apart: float) -> None:
    """From 0 only where something lies below the logarithmic part.

    Args:
        apart: least distance of two ticks, a share of the axis.
    """
    axes.set_xscale("symlog", linthresh=panel.smallest, linscale=0.7)
    low = values.min() if len(values) else panel.smallest
    high, below = values.max(initial=panel.smallest), low < panel.smallest
    limits = (min(low, 0.0) - 0.3 * panel.smallest if below else low / 1.6, high * 1.6)
    ticks = [*([0.0] if below else []), *_ticks(max(limits[0], panel.smallest), limits[1])]
    place = axes.xaxis.get_transform().transform
    first, last = place(np.array(limits))
    shown = spaced(ticks, list(place(np.array(ticks))), apart * (last - first))
    axes.set_xlim(*limits)
    axes.set_xticks(shown, [_number(tick) for tick in shown])
    axes.minorticks_off()


def _ticks(low: float, high: float) -> list[float]:
    """Powers of ten within limits, the largest first; 1, 2 and 5 of them where they are few."""
    exponents = np.arange(np.ceil(np.log10(high)), np.floor(np.log10(low)) - 1, -1)
    powers = [10.0**exponent for exponent in exponents]
    finer = [digit * power for power in powers for digit in (1, 2, 5)]
    within = [[tick for tick in ticks if low <= tick <= high] for ticks in (powers, finer)]
    return within[0] if len(within[0]) > 1 else sorted(within[1])


def _number(value: float) -> str:
    """As few signs as tell it: 0.01, 200, 10⁻⁶."""
    if value == 0 or 1e-4 <= value < 1e5:
        return f"{value:g}"
    digit, exponent = f"{value:.0e}".split("e")
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if digit == "1" else rf"${digit} \cdot {power}$"


def _within(axes: Axes, rows: Sequence[Row]) -> None:
    """On the right, how many images kept to a tolerance."""
    for place, row in enumerate(rows):
        if row.get("n_within") is not None:
            text, right = f"{row['n_within']} of {row['n']} within", axes.get_yaxis_transform()
            axes.text(1.01, place, text, transform=right, va="center", fontsize=6.5)


def _handles(rows: Sequence[Row]) -> list[Line2D]:
    grey: dict[str, Any] = {"color": "0.35"}
    point = grey | {"linestyle": "none", "markerfacecolor": "white"}
    handles = [
        Line2D([], [], **point, marker="o", markersize=3.4, label="median"),
        Line2D([], [], **grey, linewidth=3.2, label="middle half"),
        Line2D([], [], **grey, linewidth=0.9, label="5 to 95 %"),
        Line2D([], [], **point, marker="|", markersize=4, label="smallest, largest"),
    ]
    if any(row.get("tolerance") is not None for row in rows):
        handles.append(Line2D([], [], **REFERENCE, label="gap asked for"))
    return handles
