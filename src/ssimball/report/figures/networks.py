"""The figure of networks with random weights."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import MaxNLocator, PercentFormatter

from ssimball.report.figures.style import (
    LOOKS,
    MEAN,
    WIDTH,
    Row,
    around_zero,
    grid_behind,
    interval_points,
    legend_above,
    name_lines,
    style,
)

_TITLES = {
    "fooled": "Images fooled",
    "own": "Distortion and CAM",
    "difference": "Difference",
}
_LABELS = {
    "fooled": "share of images",
    "own": "rank correlation",
    "difference": "own less other images' CAMs",
}
#: Chance: other images' CAMs on the same network.
_CHANCE: Mapping[str, Any] = {"color": "black", "marker": "x", "markersize": 4, "zorder": 3}
# Inches: a line, and what is above and below the lines.
_LINE, _AROUND = 0.3, 1.05
#: Space between the attack and chance, in lines.
_APART = 0.14


def networks_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw fooling and overlap of one attack by network, with the overlap that chance gives.

    Args:
        rows: rows of contracts.figures.FIGURE_NETWORKS, with ``group``; networks keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide.
    """
    cells = {(row["layers"], row["quantity"]): row for row in rows}
    networks = list(dict.fromkeys(row["layers"] for row in rows))
    attack, group = rows[0]["attack"], rows[0].get("group", "attack")
    look = {**LOOKS[group], "markersize": 4.5, "linewidth": 1.1}
    with style():
        figure = Figure(figsize=(WIDTH, _LINE * len(networks) + _AROUND), layout="constrained")
        panels = figure.subplots(1, 3, sharey=True)
        places = np.arange(len(networks))
        for axes, quantity in zip(panels, _TITLES, strict=True):
            with_chance = quantity == "own"
            own = [cells.get((network, quantity), {}) for network in networks]
            interval_points(axes, places - _APART * with_chance, own, MEAN, {**look, "zorder": 3})
            if with_chance:
                chance = [cells.get((network, "other_images"), {}) for network in networks]
                interval_points(axes, places + _APART, chance, MEAN, _CHANCE)
            _finish(axes, quantity)
            name_lines(axes, [network_name(network) for network in networks], 7.5)
        handles = [
            Line2D([], [], **look, label=f"{attack} (mean, {confidence:.0%} interval)"),
            Line2D([], [], **_CHANCE, linewidth=1.1, label="chance: other images' CAMs"),
        ]
        legend_above(figure, handles, 2)
    return figure


def network_name(layers: str) -> str:
    """Return the words for a network by the number of its last layers with random weights.

    Examples:
        >>> [network_name(layers) for layers in ("0", "1", "10", "all")]
        ['trained', 'last layer random', 'last 10 layers random', 'all layers random']
    """
    named = {"0": "trained", "1": "last layer random", "all": "all layers random"}
    return named.get(layers, f"last {layers} layers random")


def _finish(axes: Axes, quantity: str) -> None:
    axes.set_title(_TITLES[quantity])
    axes.set_xlabel(_LABELS[quantity])
    grid_behind(axes, "x")
    if quantity == "fooled":
        axes.set_xlim(-0.05, 1.05)
        axes.xaxis.set_major_formatter(PercentFormatter(1.0))
    else:
        around_zero(axes)
        axes.margins(x=0.08)
        axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))
