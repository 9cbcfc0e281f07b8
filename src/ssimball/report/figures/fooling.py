"""The figure of the fooling rate against mean SSIM."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from ssimball.report.figures.style import (
    GROUPS,
    LOOKS,
    WIDTH,
    Row,
    column,
    grid_behind,
    legend_above,
    panel_grid,
    spaced_ticks,
    style,
)

Array = NDArray[np.float64]

_CURVE: Mapping[str, Any] = {"linewidth": 1.2, "zorder": 3}
_OTHERS: Mapping[str, Any] = {"color": "0.86", "linewidth": 0.6, "zorder": 1}
_RATE: Mapping[str, Any] = {"color": "black", "marker": "o", "markersize": 3, "linewidth": 0.9}
_LEVEL: Mapping[str, Any] = {
    "color": "black",
    "marker": "^",
    "markerfacecolor": "white",
    "markersize": 2.6,
    "linewidth": 0.9,
}
_COLUMNS = 6
#: Least 1 - mean SSIM on the logarithmic axis, which therefore has an end for SSIM 1.
_NEAREST = 1e-4
#: Ticks in the order of their importance.
_TICKS = (1.0, 0.9, 0.99, 0.999, 0.9999, 0.5, 0.8, 0.95, 0.98, 0.995, 0.998, 0.9995, 0.9998)


def fooling_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Draw, a panel per attack, the share of images fooled with at least some mean SSIM.

    Args:
        rows: rows of contracts.figures.FIGURE_FOOLING, with ``group``; attacks keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        A figure 7 inches wide; the curves of all other attacks are grey behind each attack's own.
    """
    attacks = list(dict.fromkeys(row["attack"] for row in rows if row["kind"] == "rate"))
    curves = {attack: _select(rows, attack, "curve") for attack in attacks}
    lines, columns = panel_grid(len(attacks), _COLUMNS)
    side, distance, size = (0.95, 0.3, 5.8) if columns > 3 else (1.5, 0.15, 7.0)
    with style():
        figure = Figure(figsize=(WIDTH, side * lines + 0.75), layout="constrained")
        grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for number, axes in enumerate(grid.ravel()):
            axes.set_visible(number < len(attacks))
            # The last line may be shorter than the one above it.
            last = number + columns >= len(attacks)
            axes.tick_params(labelsize=size, pad=2, length=2, labelbottom=last)
        for axes, attack in zip(grid.ravel(), attacks, strict=False):
            rates, levels = _select(rows, attack, "rate"), _select(rows, attack, "level")
            _panel(axes, attack, curves, rates, levels)
            axes.set_title(attack, fontsize=size, pad=3)
        _scale(grid[0, 0], rows, distance)
        figure.supxlabel("Mean SSIM of the stored image (logarithm of its distance from 1)", size=8)
        figure.supylabel("Images fooled with at least this SSIM", size=8)
        legend_above(figure, _handles(rows, confidence), 3)
    return figure


def _select(rows: Sequence[Row], attack: str, kind: str) -> list[Row]:
    return [row for row in rows if row["attack"] == attack and row["kind"] == kind]


def _panel(
    axes: Axes,
    attack: str,
    curves: Mapping[str, Sequence[Row]],
    rates: Sequence[Row],
    levels: Sequence[Row],
) -> None:
    for name, corners in curves.items():
        ssim, fooled = _corners(corners)
        look = {**_CURVE, "color": _colour(rates[0])} if name == attack else _OTHERS
        axes.step(ssim, fooled, where="post", **look)
    _points(axes, levels, {**_LEVEL, "linestyle": "-"})
    _points(axes, rates, {**_RATE, "linestyle": "none"})
    grid_behind(axes, "both")


def _colour(row: Row) -> str:
    colour: str = LOOKS[row.get("group", "attack")]["color"]
    return colour


def _corners(curve: Sequence[Row]) -> tuple[Array, Array]:
    """Return mean SSIM and share fooled of a curve, from SSIM 1 down to 0."""
    ssim = [1.0, *(row["mean_ssim"] for row in curve), 0.0]
    fooled = [0.0, *(row["fooled"] for row in curve)]
    return np.array(ssim), np.array([*fooled, fooled[-1]])


def _points(axes: Axes, rows: Sequence[Row], look: Mapping[str, Any]) -> None:
    """Draw rates with intervals in both directions, in the order of their SSIM."""
    shown = sorted(
        (row for row in rows if row["fooled"] is not None), key=lambda row: row["mean_ssim"]
    )
    if not shown:
        return
    (x, x_bars), (y, y_bars) = (_with_bars(shown, name) for name in ("mean_ssim", "fooled"))
    axes.errorbar(x, y, xerr=x_bars, yerr=y_bars, zorder=4, **look)


def _with_bars(rows: Sequence[Row], name: str) -> tuple[Array, Array]:
    """Return a column and the lengths of its intervals to both sides, 0 where there is none."""
    middle, low, high = (column(rows, f"{name}{end}") for end in ("", "_low", "_high"))
    return middle, np.nan_to_num(np.stack([middle - low, high - middle]))


def _to_axis(ssim: Array) -> Array:
    # A little beyond 1, which is where the axis ends.
    return -np.log10(np.maximum(1 - ssim, -0.9 * _NEAREST) + _NEAREST)


def _from_axis(position: Array) -> Array:
    return 1 + _NEAREST - 10.0**-position


def _scale(axes: Axes, rows: Sequence[Row], distance: float) -> None:
    """Set limits and ticks, which all panels share.

    Args:
        axes: one of the panels.
        rows: rows of the figure.
        distance: least distance of two ticks as a share of the axis.
    """
    ssim = np.array([row["mean_ssim"] for row in rows if row["mean_ssim"] is not None])
    low, high = (_to_axis(ssim).min(), _to_axis(ssim).max()) if len(ssim) else (1.0, 2.0)
    low, high = low - 0.25, high + 0.25
    within = [tick for tick in _TICKS if low <= _to_axis(np.array(tick)) <= high]
    ticks = spaced_ticks(within, list(_to_axis(np.array(within))), distance * (high - low))
    axes.set_xscale("function", functions=(_to_axis, _from_axis))
    axes.set_xlim(*_from_axis(np.array([low, high])))
    axes.set_xticks(ticks, [f"{tick:.4g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _handles(rows: Sequence[Row], confidence: float) -> list[Line2D]:
    rate = f"mean of all stored images ({confidence:.0%} interval)"
    shown = {row.get("group", "attack"): _colour(row) for row in rows}
    curves = [(shown[group], words) for group, words in GROUPS.items() if group in shown]
    handles = [
        *(Line2D([], [], **_CURVE, color=colour, label=words) for colour, words in curves),
        Line2D([], [], **_OTHERS, label="all others"),
        Line2D([], [], **_RATE, linestyle="none", label=rate),
    ]
    factors = [row["level"].partition(" ")[0] for row in rows if row["kind"] == "level"]
    if factors:
        names = " and ".join(dict.fromkeys(factors)).replace("_", " ")
        handles.append(Line2D([], [], **_LEVEL, label=f"mean at other values of {names} (sweep)"))
    return handles
