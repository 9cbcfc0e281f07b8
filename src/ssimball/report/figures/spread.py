"""Figures of distributions over images: a line per attack, a panel per quantity."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D

from ssimball.report.figures.style import (
    GROUPS,
    LOOKS,
    REFERENCE,
    WIDTH,
    Row,
    column,
    grid_behind,
    legend_above,
    message_figure,
    name_lines,
    spaced_ticks,
    style,
)


@dataclass(frozen=True)
class Panel:
    """How a quantity is shown.

    Attributes:
        title: title of the panel.
        unit: label of its axis.
        smallest: the axis is logarithmic from this value on, and linear from there to 0.
    """

    title: str
    unit: str
    smallest: float


@dataclass(frozen=True)
class Spread:
    """A figure of distributions.

    Attributes:
        panels: its panels by quantity.
        nothing: message where no attack has any of the quantities.
    """

    panels: Mapping[str, Panel]
    nothing: str


RADII = Spread(
    {
        "smallest_budget": Panel("Smallest budget", "the attack's own measure", 1e-5),
        "l2": Panel("l2 norm", "images in [0, 1]", 1e-2),
        "linf": Panel("Largest change", "images in [0, 1]", 1e-3),
        "ssim_distance": Panel("Distance in SSIM", "1 − mean SSIM", 1e-6),
    },
    "No smallest perturbations: no attack of this run searched for one in this mode of comparison. "
    "They are searched for with comparison.mode: matched_outcome.",
)
GAPS = Spread(
    {
        "gap": Panel("Certified gap", "relative duality gap, (dual − primal) / dual", 1e-8),
    },
    "No certificates: no attack of this run proves how close to the best it is. Those of the SSIM "
    "ball do.",
)
COSTS = Spread(
    {
        "forward_passes": Panel("Forward passes", "passes per image", 1.0),
        "backward_passes": Panel("Gradients", "gradients per image", 1.0),
        "iterations": Panel("Solver iterations", "iterations per image", 1.0),
    },
    "No costs: no attack of this run has a stored image.",
)
SECONDS = Spread(
    {
        "seconds": Panel("Time", "seconds per image", 1e-3),
        "solve_seconds": Panel("Time in the conic solver", "seconds per image", 1e-3),
    },
    "No times: no attack of this run has a stored image.",
)
_MEDIAN: Mapping[str, Any] = {"markersize": 3.4, "linestyle": "none", "zorder": 4}
_OPEN = {"markerfacecolor": "white"}
# Inches of a line, and of what surrounds the lines.
_LINE, _AROUND = 0.19, 1.0


def spread_figure(rows: Sequence[Row], spread: Spread) -> Figure:
    """Draw the quantiles of each quantity by attack, and of how many images they are.

    Args:
        rows: rows of contracts.figures.FIGURE_RADII, FIGURE_GAPS, FIGURE_COSTS or FIGURE_SECONDS,
            with ``group``; attacks keep their order.
        spread: the panels.

    Returns:
        A figure 7 inches wide with a line per attack; a message where there are no rows.
    """
    if not rows:
        return message_figure(spread.nothing)
    attacks = list(dict.fromkeys(row["attack"] for row in rows))
    cells = {(row["attack"], row["quantity"]): row for row in rows}
    shown = [name for name in spread.panels if any(row["quantity"] == name for row in rows)]
    with style():
        height = _LINE * len(attacks) + _AROUND
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(1, len(shown), sharey=True, squeeze=False)[0]
        names = [_name_and_count(cells, attack, shown) for attack in attacks]
        for axes, quantity in zip(panels, shown, strict=True):
            name_lines(axes, names)
            of_quantity = [cells.get((attack, quantity), {}) for attack in attacks]
            _panel(axes, spread.panels[quantity], of_quantity, distance=0.07 * len(shown))
        legend_above(figure, _handles(rows), 5, handlelength=2)
    return figure


def _name_and_count(cells: Mapping[tuple[str, str], Row], attack: str, shown: Sequence[str]) -> str:
    """Return the name of an attack, and how many of its images have a value."""
    row = next(cells[attack, name] for name in shown if (attack, name) in cells)
    total = row["n"] + row["n_missing"]
    count = f"n = {row['n']}" if row["n"] == total else f"{row['n']} of {total}"
    return f"{attack} ({count})"


def _panel(axes: Axes, panel: Panel, rows: Sequence[Row], distance: float) -> None:
    positions = np.arange(len(rows))
    looks = [LOOKS[row.get("group", "attack")] for row in rows]
    colours = [look["color"] for look in looks]
    for name, other, width in (("p05", "p95", 0.9), ("p25", "p75", 3.2)):
        low, high = column(rows, name), column(rows, other)
        axes.hlines(positions, low, high, color=colours, linewidth=width, zorder=3)
    ends: dict[str, Any] = {"marker": "|", "s": 16, "linewidths": 0.8}
    for name in ("minimum", "maximum"):
        axes.scatter(column(rows, name), positions, c=colours, **ends)
    for position, median, look in zip(positions, column(rows, "median"), looks, strict=True):
        axes.plot(median, position, **{**_MEDIAN, **look, **_OPEN})
    tolerance = column(rows, "tolerance")
    axes.vlines(tolerance, positions - 0.4, positions + 0.4, **REFERENCE)
    every = np.concatenate([column(rows, "minimum"), column(rows, "maximum"), tolerance])
    _scale(axes, panel, every[np.isfinite(every)], distance)
    _within_tolerance(axes, rows)
    axes.set_title(panel.title)
    axes.set_xlabel(panel.unit)
    grid_behind(axes, "x")


def _scale(axes: Axes, panel: Panel, values: np.ndarray[Any, Any], distance: float) -> None:
    """Set limits and ticks; the axis begins at 0 only where a value needs it.

    Args:
        axes: the panel's axes.
        panel: the panel.
        values: all values shown.
        distance: least distance of two ticks as a share of the axis.
    """
    axes.set_xscale("symlog", linthresh=panel.smallest, linscale=0.7)
    low = values.min() if len(values) else panel.smallest
    high, below = values.max(initial=panel.smallest), low < panel.smallest
    limits = (min(low, 0.0) - 0.3 * panel.smallest if below else low / 1.6, high * 1.6)
    ticks = [*([0.0] if below else []), *_ticks(max(limits[0], panel.smallest), limits[1])]
    to_axis = axes.xaxis.get_transform().transform
    first, last = to_axis(np.array(limits))
    shown = spaced_ticks(ticks, list(to_axis(np.array(ticks))), distance * (last - first))
    axes.set_xlim(*limits)
    axes.set_xticks(shown, [_number(tick) for tick in shown])
    axes.minorticks_off()


def _ticks(low: float, high: float) -> list[float]:
    """Return powers of ten within limits, the largest first.

    Where there are fewer than two, their multiples by 1, 2 and 5 are returned, the smallest first.
    """
    exponents = np.arange(np.ceil(np.log10(high)), np.floor(np.log10(low)) - 1, -1)
    powers = [10.0**exponent for exponent in exponents]
    finer = [digit * power for power in powers for digit in (1, 2, 5)]
    coarse, fine = ([tick for tick in ticks if low <= tick <= high] for ticks in (powers, finer))
    return coarse if len(coarse) > 1 else sorted(fine)


def _number(value: float) -> str:
    """Return a number in as few characters as possible: 0.01, 200, 10⁻⁶."""
    if value == 0 or 1e-4 <= value < 1e5:
        return f"{value:g}"
    digit, exponent = f"{value:.0e}".split("e")
    power = f"10^{{{int(exponent)}}}"
    return f"${power}$" if digit == "1" else rf"${digit} \cdot {power}$"


def _within_tolerance(axes: Axes, rows: Sequence[Row]) -> None:
    """Write on the right how many images reached the tolerance."""
    for position, row in enumerate(rows):
        if row.get("n_within") is not None:
            text, right = f"{row['n_within']} of {row['n']} within", axes.get_yaxis_transform()
            axes.text(1.01, position, text, transform=right, va="center", fontsize=6.5)


def _handles(rows: Sequence[Row]) -> list[Line2D]:
    groups = {row.get("group", "attack") for row in rows}
    handles = [
        Line2D([], [], **{**LOOKS[group], **_OPEN}, linewidth=3.2, markersize=3.4, label=words)
        for group, words in GROUPS.items()
        if group in groups
    ]
    quantiles = "median; thick 25–75 %, thin 5–95 %, ends: all"
    handles.append(Line2D([], [], color="0.35", linewidth=0.9, label=quantiles))
    if any(row.get("tolerance") is not None for row in rows):
        handles.append(Line2D([], [], **REFERENCE, label="requested gap"))
    return handles
