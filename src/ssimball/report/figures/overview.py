"""The figure of overlap by attack."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

import numpy as np
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from ssimball.report.figures.style import (
    COLOURS,
    REFERENCE,
    WIDTH,
    grid_behind,
    interval_points,
    style,
)

Row = Mapping[str, Any]

_TITLES = {
    "spearman_cam": "SSIM deficit and CAM",
    "top_share_cam": "Deficit in the CAM's top {top}",
    "top_iou_cam": "Top {top} of deficit and CAM",
    "spearman_mask": "SSIM deficit and object",
    "share_mask": "Deficit inside the object",
    "top_iou_mask": "Top {top} of deficit and object",
}
_LABELS = {
    "spearman": "Spearman's rank correlation",
    "top_share": "Share of the deficit",
    "share": "Share of the deficit",
    "top_iou": "Intersection over union",
}


def overview(rows: Sequence[Row], *, confidence: float, top: float) -> Figure:
    """Overlap by attack: mean and confidence interval, the null beside it, a panel per metric.

    Args:
        rows: of contracts.figures.FIGURE_OVERVIEW; attacks are drawn in their order, from the top.
        confidence: confidence level of the intervals.
        top: share of the cells that counts as the top.

    Returns:
        7 inches wide; a row of panels against CAMs and, where measured, one against object masks.
    """
    found = {(row["attack"], row["metric"]): row for row in rows}
    attacks = list(dict.fromkeys(row["attack"] for row in rows))
    kinds = [k for k in ("cam", "mask") if any(m == f"spearman_{k}" for _, m in found)] or ["cam"]
    with style():
        height = (0.75 + 0.24 * len(attacks)) * len(kinds) + 0.35
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(len(kinds), 3, squeeze=False, sharey=True)
        for kind, line in zip(kinds, panels, strict=True):
            metrics = [metric for metric in _TITLES if metric.endswith("_" + kind)]
            for axes, metric in zip(line, metrics, strict=True):
                measure = metric.removesuffix("_" + kind)
                chance = {"spearman": 0.0, "top_share": top}.get(measure)
                _panel(axes, [found.get((attack, metric), {}) for attack in attacks], chance)
                axes.set_title(_TITLES[metric].format(top=f"{top:.0%}"))
                axes.set_xlabel(_LABELS[measure])
                if measure != "spearman":
                    axes.set_xlim(left=0.0)
        panels[0, 0].set_yticks(np.arange(len(attacks)), attacks)
        panels[0, 0].set_ylim(len(attacks) - 0.5, -0.5)
        _legend(figure, panels[0, 0], confidence)
    return figure


def _panel(axes: Axes, rows: Sequence[Row], chance: float | None) -> None:
    places = np.arange(len(rows))
    own = {"color": COLOURS[0], "marker": "o", "zorder": 3}
    null = {"color": COLOURS[1], "marker": "D", "markerfacecolor": "white", "zorder": 3}
    interval_points(axes, places - 0.13, rows, ("mean", "ci_low", "ci_high"), own)
    interval_points(axes, places + 0.17, rows, ("null_mean", "null_ci_low", "null_ci_high"), null)
    if chance is not None:
        axes.axvline(chance, **REFERENCE)
    grid_behind(axes, "x")
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def _legend(figure: Figure, axes: Axes, confidence: float) -> None:
    labels = [
        f"own map (mean, {confidence:.0%} interval)",
        "other images' maps (null)",
        "random map",
    ]
    handles = cast(list[Artist], [*axes.containers, axes.lines[-1]])
    figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=2.0)
