"""The figure of paired comparisons: which attacks overlap with the CAM more than which."""

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ssimball.report.figures.style import style, words

Row = Mapping[str, Any]

METRIC = "spearman_cam"
# Inches: the side of a cell, the smallest and largest side of the matrix, and what names and
# colourbar take.
_CELL, _SMALLEST, _LARGEST, _NAMES, _BAR = 0.34, 1.0, 5.0, 1.25, 0.75
_NARROWEST = 3.6
_NOTHING = "Nothing to compare: overlap with the CAM was measured for one attack, or for none."


def paired_figure(rows: Sequence[Row], *, confidence: float) -> Figure:
    """Mean difference in rank correlation of SSIM deficit and CAM between every two attacks.

    Args:
        rows: of contracts.figures.FIGURE_PAIRED, None for null; attacks keep their order.
        confidence: a dot marks pairs whose corrected p-value is below 1 - confidence.

    Returns:
        A matrix, row less column, at most 7 inches wide; where there are no pairs, words.
    """
    own = [row for row in rows if row["metric"] == METRIC]
    attacks = list(dict.fromkeys([row["attack"] for row in own] + [row["other"] for row in own]))
    if not own:
        return words(_NOTHING)
    with style():
        side = min(max(_CELL * len(attacks), _SMALLEST), _LARGEST)
        width = max(side + _NAMES + _BAR, _NARROWEST)
        title = textwrap.wrap(_title(own, 1 - confidence), int(13 * width))
        height = side + _NAMES + 0.15 * len(title)
        figure = Figure(figsize=(width, height), layout="compressed")
        figure.suptitle("\n".join(title))
        axes = figure.subplots()
        image = _matrix(axes, own, attacks, 1 - confidence)
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03)
        bar.set_label("row less column", fontsize=7)
        bar.locator = MaxNLocator(5, symmetric=True)
        bar.outline.set_visible(False)
    return figure


def _title(rows: Sequence[Row], level: float) -> str:
    counts = sorted({min(row["n"] for row in rows), max(row["n"] for row in rows)})
    images = "–".join(map(str, counts))
    return (
        "Mean difference in Spearman's correlation of SSIM deficit and CAM, row less column "
        f"(n = {images} images). Dot: Holm-corrected p < {level:.2g}"
    )


def _matrix(axes: Axes, rows: Sequence[Row], attacks: Sequence[str], level: float) -> AxesImage:
    values, clear = _differences(rows, attacks, level)
    known = np.abs(values[np.isfinite(values)])
    limit = float(known.max(initial=0.0)) or 1.0
    axes.set_facecolor("0.86")
    image = axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    below, beside = np.nonzero(clear)
    axes.plot(
        beside,
        below,
        linestyle="none",
        marker="o",
        markersize=2.8,
        color="black",
        markeredgecolor="white",
        markeredgewidth=0.5,
    )
    _decorate(axes, attacks)
    return image


def _differences(
    rows: Sequence[Row], attacks: Sequence[str], level: float
) -> tuple[NDArray[np.float64], NDArray[np.bool_]]:
    """Row less column, NaN where unknown, and whether the test tells the two apart."""
    number = {attack: place for place, attack in enumerate(attacks)}
    values = np.full((len(attacks), len(attacks)), np.nan)
    clear = np.zeros(values.shape, bool)
    for row in rows:
        one, other = number[row["attack"]], number[row["other"]]
        if row["mean_difference"] is not None:
            values[one, other], values[other, one] = row["mean_difference"], -row["mean_difference"]
        p = row["p_holm"]
        clear[one, other] = clear[other, one] = p is not None and p < level
    return values, clear


def _decorate(axes: Axes, attacks: Sequence[str]) -> None:
    places = np.arange(len(attacks))
    axes.set_xticks(places, attacks, rotation=90, fontsize=6.5)
    axes.set_yticks(places, attacks, fontsize=6.5)
    axes.tick_params(length=0, pad=2)
    # Lines between the cells.
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(places[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
