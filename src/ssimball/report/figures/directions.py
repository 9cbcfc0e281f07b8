"""The figure of place and direction: which part of the gradient fools, and which places."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter

from ssimball.report.figures.style import (
    LOOKS,
    MEAN,
    REFERENCE,
    WIDTH,
    Row,
    grid_behind,
    interval_points,
    legend_above,
    same_scale,
    style,
)

_TITLES = {
    "fooled": "Images\nfooled",
    "overlap": "Overlap with\nthe CAM",
    "partial": "the same, given\ntexture and centre",
}
_OVERLAP = "rank correlation less that\nwith other images' CAMs"
#: By part of the gradient that is kept: where its sizes are, and whether its signs are in place.
_CELLS = {
    "own": (0, True),
    "permuted_signs": (0, False),
    "sign_only": (1, True),
    "rolled_magnitude": (2, True),
}
_PLACES = ("in place", "all equal", "moved by\nhalf the image")
_HEIGHT = 2.75


def directions_figure(
    rows: Sequence[Row], *, confidence: float, directions: Mapping[str, str]
) -> Figure:
    """Draw fooling and overlap by the place of the gradient's sizes and by its signs.

    Args:
        rows: rows of contracts.figures.FIGURE_DIRECTIONS.
        confidence: confidence level of the intervals, in (0, 1).
        directions: names of attacks, as the rows have them, by the part of the gradient that they
            keep.

    Returns:
        A figure 7 inches wide. From left to right the sizes of the gradient are in place, all
        equal, and moved; filled points keep its signs, the open one has them shuffled.
    """
    cells = {(row["attack"], row["quantity"]): row for row in rows}
    shown = [name for name in _TITLES if any(quantity == name for _, quantity in cells)]
    with style():
        figure = Figure(figsize=(WIDTH, _HEIGHT), layout="constrained")
        panels = figure.subplots(1, max(1, len(shown)), squeeze=False)[0]
        for axes, quantity in zip(panels, shown, strict=False):
            found = {
                direction: cells.get((attack, quantity), {})
                for direction, attack in directions.items()
            }
            _panel(axes, found)
            _finish(axes, quantity)
        overlaps = [axes for axes, name in zip(panels, shown, strict=False) if name != "fooled"]
        same_scale(overlaps, "y")
        means = f"means and {confidence:.0%} intervals; filled: signs kept, open: signs shuffled"
        figure.supxlabel(f"Sizes of the gradient ({means})", size=7)
        handles = [
            Line2D([], [], **_look(name), label=f"{attack}: {_words(name)}")
            for name, attack in directions.items()
        ]
        legend_above(figure, handles, 2)
    return figure


def _look(direction: str) -> dict[str, Any]:
    """Return the look of a step: the ball's or a control's, filled where its signs are kept."""
    look = dict(LOOKS["ball" if direction == "own" else "control"])
    kept = _CELLS[direction][1]
    marker = {"sign_only": "v", "rolled_magnitude": ">"}.get(direction, look["marker"])
    fill = look["color"] if kept else "white"
    return {**look, "marker": marker, "markerfacecolor": fill, "markersize": 5, "linewidth": 1.1}


def _words(direction: str) -> str:
    place, kept = _CELLS[direction]
    sizes = _PLACES[place].partition(" by\n")[0]
    return f"sizes {sizes}, signs {'kept' if kept else 'shuffled'}"


def _panel(axes: Axes, found: Mapping[str, Row]) -> None:
    kept = [name for name, (_, signs) in _CELLS.items() if signs]
    means = [found.get(name, {}).get("mean") for name in kept]
    places = [_CELLS[name][0] for name in kept]
    axes.plot(places, np.array(means, float), color="0.75", linewidth=0.9, zorder=1)
    for name, row in found.items():
        place, signs = _CELLS[name]
        beside = np.array([place + (0.0 if signs else 0.16)])
        interval_points(axes, beside, [row], MEAN, {**_look(name), "zorder": 3}, upright=True)


def _finish(axes: Axes, quantity: str) -> None:
    axes.set_title(_TITLES[quantity], fontsize=8)
    axes.set_xlim(-0.4, 2.4)
    axes.set_xticks(range(3), _PLACES, fontsize=7)
    grid_behind(axes, "y")
    if quantity == "fooled":
        axes.set_ylim(-0.05, 1.05)
        axes.yaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        axes.axhline(0, **REFERENCE)
        axes.margins(y=0.08)
    if quantity == "overlap":
        axes.set_ylabel(_OVERLAP, fontsize=7)
