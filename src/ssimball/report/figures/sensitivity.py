"""The figure of the sensitivity sweep: where the answer holds and where it turns."""

from collections.abc import Mapping, Sequence
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
    interval_points,
    style,
)
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

Row = Mapping[str, Any]

_PANELS = {
    "spearman_cam": "Rank correlation\nof deficit and CAM",
    "partial_cam": "The same given\ntexture and centre",
    "top_share_cam": "Share of the deficit\nin the CAM's top cells",
    "fooling_rate": "Images fooled",
}
_FACTORS = {"top": "top cells", "mean_ssim": "mean SSIM", "epsilon_local": "local epsilon"}
_VERDICTS = {
    ABOVE: (0, "o", "above its null"),
    UNCLEAR: (7, "s", "not told apart"),
    BELOW: (3, "v", "below its null"),
    UNDECIDED: (7, "x", "too few images"),
}
_NULL: dict[str, Any] = {"color": "0.55", "marker": "D", "markerfacecolor": "white"}
_NULL |= {"markersize": 2.6}
_ROW, _GAP = 0.145, 0.8


def sensitivity_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Every level of every factor: mean and interval by verdict, the null beside it.

    Args:
        rows: of contracts.figures.FIGURE_SENSITIVITY; factors and levels keep their order.
        confidence: confidence level of the intervals.

    Returns:
        7 inches wide, a line per level, a panel per metric.
    """
    levels = list(dict.fromkeys((row["factor"], row["level"]) for row in rows))
    places = _places(levels)
    cells = {(row["factor"], row["level"], row["metric"]): row for row in rows}
    with style():
        height = _ROW * (max(places.values()) + 1) + 0.95
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(1, len(_PANELS), sharey=True, width_ratios=(3, 3, 3, 2))
        for axes, (metric, title) in zip(panels, _PANELS.items(), strict=True):
            found = {places[key]: cells[*key, metric] for key in levels if (*key, metric) in cells}
            _panel(axes, found)
            axes.set_title(title)
        panels[-1].set_xlim(-0.05, 1.05)
        _name_levels(panels[0], places, {key for key in levels if _is_base(rows, key)})
        figure.legend(
            handles=_handles(rows, confidence), loc="outside upper center", ncols=5, fontsize=7
        )
    return figure


def _places(levels: Sequence[tuple[str, str]]) -> dict[tuple[str, str], float]:
    """Where each level is drawn, with a gap and a line for the name before each factor."""
    places: dict[tuple[str, str], float] = {}
    place, last = 0.0, ""
    for factor, level in levels:
        place += 1.0 if factor == last else 1.0 + (_GAP if last else 0.0)
        place += 0.0 if factor == last else 1.0
        places[factor, level], last = place, factor
    return places


def _is_base(rows: Sequence[Row], key: tuple[str, str]) -> bool:
    return any(row["is_base"] for row in rows if (row["factor"], row["level"]) == key)


def _panel(axes: Axes, found: Mapping[float, Row]) -> None:
    for verdict, (colour, marker, _) in _VERDICTS.items():
        places = [place for place, row in found.items() if _verdict(row) == verdict]
        if places:
            own = [found[place] for place in places]
            look = {"color": COLOURS[colour], "marker": marker, "markersize": 3.2, "zorder": 3}
            at = np.array(places)
            columns = ("null_mean", "null_ci_low", "null_ci_high")
            interval_points(axes, at + 0.2, own, columns, _NULL)
            interval_points(axes, at - 0.1, own, ("mean", "ci_low", "ci_high"), look)
    if any(row.get("null_mean") is not None for row in found.values()):
        axes.axvline(0, **REFERENCE)
    grid_behind(axes, "x")


def _verdict(row: Row) -> str:
    """That of the test; a fooling rate has none and is drawn like what is above its null."""
    if row["metric"] == "fooling_rate":
        return ABOVE
    found = row.get("verdict")
    return found if isinstance(found, str) else UNDECIDED


def _name_levels(
    axes: Axes, places: Mapping[tuple[str, str], float], base: set[tuple[str, str]]
) -> None:
    axes.set_yticks(list(places.values()), [level for _, level in places], fontsize=6.5)
    for label, key in zip(axes.get_yticklabels(), places, strict=True):
        label.set_fontweight("bold" if key in base else "normal")
    for factor in dict.fromkeys(factor for factor, _ in places):
        first = min(place for (of, _), place in places.items() if of == factor)
        axes.annotate(
            _FACTORS.get(factor, factor),
            (0, first - 1.0),
            xycoords=("axes fraction", "data"),
            xytext=(-4, 0),
            textcoords="offset points",
            ha="right",
            va="center",
            fontsize=7,
            fontstyle="italic",
        )
    axes.set_ylim(max(places.values()) + 0.7, min(places.values()) - 1.6)


def _handles(rows: Sequence[Row], confidence: float) -> list[Line2D]:
    seen = {_verdict(row) for row in rows if row["metric"] in ("spearman_cam", "partial_cam")}
    handles = [
        Line2D([], [], color=COLOURS[colour], marker=marker, markersize=3.2, label=words)
        for verdict, (colour, marker, words) in _VERDICTS.items()
        if verdict in seen
    ]
    handles.append(Line2D([], [], **_NULL, label=f"null (bars: {confidence:.0%} intervals)"))
    return handles
