"""The figure of fooling rate against mean SSIM."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import PercentFormatter
from numpy.typing import NDArray

from ssimball.report.figures.style import COLOURS, WIDTH, grid_behind, spaced, style

Row = Mapping[str, Any]
Array = NDArray[np.float64]

_OWN: dict[str, Any] = {"color": COLOURS[0], "linewidth": 1.2, "zorder": 3}
_OTHERS: dict[str, Any] = {"color": "0.86", "linewidth": 0.6, "zorder": 1}
_RATE: dict[str, Any] = {"color": "black", "marker": "o", "markersize": 3, "linewidth": 0.9}
_LEVEL: dict[str, Any] = {"color": COLOURS[1], "marker": "D", "markersize": 2.6, "linewidth": 0.9}
_COLUMNS = 6
#: Where the logarithmic axis of 1 - mean SSIM comes to its end, so that 1 has a place.
_NEAREST = 1e-4
#: The first ones are kept where there is no room for all.
_TICKS = (1.0, 0.9, 0.99, 0.999, 0.9999, 0.5, 0.8, 0.95, 0.98, 0.995, 0.998, 0.9995, 0.9998)


def fooling_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """A panel per attack: images fooled by a stored image with at least some mean SSIM.

    Args:
        rows: of contracts.figures.FIGURE_FOOLING; attacks keep their order.
        confidence: confidence level of the intervals.

    Returns:
        7 inches wide; the curves of all other attacks are grey behind each attack's own.
    """
    attacks = list(dict.fromkeys(row["attack"] for row in rows if row["kind"] == "rate"))
    curves = {attack: _of(rows, attack, "curve") for attack in attacks}
    lines = -(-len(attacks) // _COLUMNS)
    columns = -(-len(attacks) // lines)
    side, apart, size = (0.95, 0.3, 5.8) if columns > 3 else (1.5, 0.15, 7.0)
    with style():
        figure = Figure(figsize=(WIDTH, side * lines + 0.75), layout="constrained")
        grid = figure.subplots(lines, columns, sharex=True, sharey=True, squeeze=False)
        for number, axes in enumerate(grid.ravel()):
            axes.set_visible(number < len(attacks))
            # The last line may be shorter than the one above it.
            last = number + columns >= len(attacks)
            axes.tick_params(labelsize=size, pad=2, length=2, labelbottom=last)
        for axes, attack in zip(grid.ravel(), attacks, strict=False):
            _panel(axes, attack, curves, _of(rows, attack, "rate"), _of(rows, attack, "level"))
            axes.set_title(attack, fontsize=size, pad=3)
        _axes(grid[0, 0], rows, apart)
        figure.supxlabel("Mean SSIM of the stored image (logarithm of its distance from 1)", size=8)
        figure.supylabel("Images fooled", size=8)
        handles = _handles(rows, confidence)
        figure.legend(handles=handles, loc="outside upper center", ncols=4, fontsize=7)
    return figure


def _of(rows: Sequence[Row], attack: str, kind: str) -> list[Row]:
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
        axes.step(ssim, fooled, where="post", **(_OWN if name == attack else _OTHERS))
    for points, look in ((levels, _LEVEL), (rates, _RATE)):
        _points(axes, points, look | {"linestyle": "none" if points is rates else "-"})
    grid_behind(axes, "both")


def _corners(curve: Sequence[Row]) -> tuple[Array, Array]:
    """The curve from SSIM 1 down to 0, as its corners say."""
    ssim = [1.0, *(row["mean_ssim"] for row in curve), 0.0]
    fooled = [0.0, *(row["fooled"] for row in curve)]
    return np.array(ssim), np.array([*fooled, fooled[-1]])


def _points(axes: Axes, rows: Sequence[Row], look: Mapping[str, Any]) -> None:
    """Rates with their intervals both ways, joined by SSIM where the look has a line."""
    known = sorted(
        (row for row in rows if row["fooled"] is not None), key=lambda row: row["mean_ssim"]
    )
    if not known:
        return
    ends = []
    for name in ("mean_ssim", "fooled"):
        middle, low, high = (
            np.array([row[f"{name}{end}"] for row in known], np.float64)
            for end in ("", "_low", "_high")
        )
        ends += [middle, np.nan_to_num(np.stack([middle - low, high - middle]))]
    x, across, y, along = ends
    axes.errorbar(x, y, xerr=across, yerr=along, zorder=4, **look)


def _far(ssim: Array) -> Array:
    # A little beyond 1, which is where the axis ends.
    return -np.log10(np.maximum(1 - ssim, -0.9 * _NEAREST) + _NEAREST)


def _near(place: Array) -> Array:
    return 1 + _NEAREST - 10.0**-place


def _axes(axes: Axes, rows: Sequence[Row], apart: float) -> None:
    """Limits and ticks, shared by all panels.

    Args:
        apart: least distance of two ticks, a share of the axis.
    """
    ssim = np.array([row["mean_ssim"] for row in rows if row["mean_ssim"] is not None])
    low, high = (_far(ssim).min(), _far(ssim).max()) if len(ssim) else (1.0, 2.0)
    low, high = low - 0.25, high + 0.25
    shown = [tick for tick in _TICKS if low <= _far(np.array(tick)) <= high]
    ticks = spaced(shown, list(_far(np.array(shown))), apart * (high - low))
    axes.set_xscale("function", functions=(_far, _near))
    axes.set_xlim(*_near(np.array([low, high])))
    axes.set_xticks(ticks, [f"{tick:.4g}" for tick in ticks])
    axes.minorticks_off()
    axes.set_ylim(-0.04, 1.04)
    axes.set_yticks([0, 0.5, 1])
    axes.yaxis.set_major_formatter(PercentFormatter(1.0))


def _handles(rows: Sequence[Row], confidence: float) -> list[Line2D]:
    interval = f"{confidence:.0%} interval"
    handles = [
        Line2D([], [], **_OWN, label="at least this mean SSIM"),
        Line2D([], [], **_OTHERS, label="other attacks"),
        Line2D([], [], **_RATE, linestyle="none", label=f"mean of all stored images ({interval})"),
    ]
    levels = [row["level"].partition(" ")[0] for row in rows if row["kind"] == "level"]
    if levels:
        named = " and ".join(dict.fromkeys(levels)).replace("_", " ")
        handles.append(Line2D([], [], **_LEVEL, label=f"the same by {named} (sweep)"))
    return handles
