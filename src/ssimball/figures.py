"""Figures of the study: overlap by attack, and saving with the same bytes every time."""

import io
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Literal, cast

import matplotlib as mpl
import matplotlib.style
import numpy as np
import seaborn as sns
from matplotlib.artist import Artist
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from ssimball.writing import write_bytes

Row = Mapping[str, Any]

DPI = 220
#: Look of a line at chance or at no difference.
REFERENCE: Mapping[str, Any] = {
    "color": "0.35",
    "linewidth": 0.7,
    "linestyle": (0, (4, 3)),
    "zorder": 2,
}

_STYLE = {
    "font.size": 8,
    "axes.titlesize": 8,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.linewidth": 0.6,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.0,
    "legend.frameon": False,
    "figure.dpi": DPI,
    # Text stays text in the PDF.
    "pdf.fonttype": 42,
}
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


def style() -> AbstractContextManager[None]:
    """Matplotlib's defaults with this project's settings, whatever the user's own are."""
    context: AbstractContextManager[None] = mpl.style.context([_STYLE], after_reset=True)
    return context


def overview(summary: Sequence[Row], *, confidence: float, top: float) -> Figure:
    """Overlap by attack: mean and confidence interval, the null beside it, a panel per metric.

    Args:
        summary: rows of contracts.overlap.SUMMARY; attacks are drawn in their order, from the top.
        confidence: confidence level of the intervals.
        top: share of the cells that counts as the top.

    Returns:
        7 inches wide; a row of panels against CAMs and, where measured, one against object masks.
    """
    rows = {(row["attack"], row["metric"]): row for row in summary}
    attacks = list(dict.fromkeys(row["attack"] for row in summary))
    kinds = [k for k in ("cam", "mask") if any(m == f"spearman_{k}" for _, m in rows)] or ["cam"]
    with style():
        height = (0.75 + 0.24 * len(attacks)) * len(kinds) + 0.35
        figure = Figure(figsize=(7.0, height), layout="constrained")
        panels = figure.subplots(len(kinds), 3, squeeze=False, sharey=True)
        for kind, line in zip(kinds, panels, strict=True):
            metrics = [metric for metric in _TITLES if metric.endswith("_" + kind)]
            for axes, metric in zip(line, metrics, strict=True):
                measure = metric.removesuffix("_" + kind)
                chance = {"spearman": 0.0, "top_share": top}.get(measure)
                _panel(axes, [rows.get((attack, metric), {}) for attack in attacks], chance)
                axes.set_title(_TITLES[metric].format(top=f"{top:.0%}"))
                axes.set_xlabel(_LABELS[measure])
                if measure != "spearman":
                    axes.set_xlim(left=0.0)
        panels[0, 0].set_yticks(np.arange(len(attacks)), attacks)
        panels[0, 0].set_ylim(len(attacks) - 0.5, -0.5)
        _legend(figure, panels[0, 0], confidence)
    return figure


def save(figure: Figure, stem: Path) -> list[Path]:
    """Write ``stem``.pdf and ``stem``.png, each whole or not at all; equal figures, equal bytes."""
    written = []
    for kind, metadata in (("pdf", {"CreationDate": None}), ("png", {"Software": None})):
        content = io.BytesIO()
        with style():
            figure.savefig(content, format=kind, dpi=DPI, metadata=metadata)
        written.append(stem.with_name(f"{stem.name}.{kind}"))
        write_bytes(written[-1], content.getvalue())
    return written


def _panel(axes: Axes, rows: Sequence[Row], chance: float | None) -> None:
    blue, orange = sns.color_palette("colorblind")[0], sns.color_palette("colorblind")[1]
    places = np.arange(len(rows))
    own = {"color": blue, "marker": "o", "zorder": 3}
    null = {"color": orange, "marker": "D", "markerfacecolor": "white", "zorder": 3}
    interval_points(axes, places - 0.13, rows, ("mean", "ci_low", "ci_high"), own)
    interval_points(axes, places + 0.17, rows, ("null_mean", "null_ci_low", "null_ci_high"), null)
    if chance is not None:
        axes.axvline(chance, **REFERENCE)
    grid_behind(axes, "x")
    axes.margins(x=0.08)
    axes.xaxis.set_major_locator(mpl.ticker.MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]))


def interval_points(
    axes: Axes,
    places: np.ndarray[Any, Any],
    rows: Sequence[Row],
    columns: tuple[str, str, str],
    look: Mapping[str, Any],
    *,
    upright: bool = False,
) -> None:
    """Means with their intervals, lying or upright; what is missing is not drawn."""
    # None becomes NaN. An interval that is missing leaves the point alone.
    mean, low, high = (np.array([row.get(c) for row in rows], np.float64) for c in columns)
    bars = np.nan_to_num(np.stack([mean - low, high - mean]))
    settings = {"markersize": 4, "linewidth": 1.1, "linestyle": "none", **look}
    if upright:
        axes.errorbar(places, mean, yerr=bars, **settings)
    else:
        axes.errorbar(mean, places, xerr=bars, **settings)


def grid_behind(axes: Axes, axis: Literal["x", "y"]) -> None:
    """Light lines across an axis, behind everything drawn."""
    axes.grid(axis=axis, color="0.92", linewidth=0.6)
    axes.set_axisbelow(True)


def _legend(figure: Figure, axes: Axes, confidence: float) -> None:
    labels = [
        f"own map (mean, {confidence:.0%} interval)",
        "other images' maps (null)",
        "random map",
    ]
    handles = cast(list[Artist], [*axes.containers, axes.lines[-1]])
    figure.legend(handles, labels, loc="outside upper center", ncols=3, columnspacing=2.0)
