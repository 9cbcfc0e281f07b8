"""The figure of paired comparisons: which attacks overlap with the CAM more than which others."""

import textwrap
from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from matplotlib.ticker import MaxNLocator
from numpy.typing import NDArray

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.report.figures.style import Row, message_figure, style

# Inches: the side of a cell, the smallest and largest side of the matrix, what names and colourbar
# take, and the narrowest figure.
_CELL, _SMALLEST, _LARGEST, _NAMES, _BAR = 0.34, 1.0, 5.0, 1.25, 0.75
_NARROWEST = 3.6
_NOTHING = "Nothing to compare: overlap with the CAM was measured for one attack, or for none."


def paired_figure(rows: Sequence[Row]) -> Figure:
    """Draw the mean difference in overlap with the CAM between every two attacks.

    Args:
        rows: rows of contracts.figures.FIGURE_PAIRED; attacks keep their order.

    Returns:
        A matrix, attack of the row minus attack of the column, at most 7 inches wide; a message
        where there are no pairs.
    """
    pairs = [row for row in rows if quantity_of(row) == SPEARMAN_CAM]
    attacks = list(dict.fromkeys([row["attack"] for row in pairs] + [r["other"] for r in pairs]))
    if not pairs:
        return message_figure(_NOTHING)
    with style():
        side = min(max(_CELL * len(attacks), _SMALLEST), _LARGEST)
        width = max(side + _NAMES + _BAR, _NARROWEST)
        title = textwrap.wrap(_title(pairs), int(13 * width))
        height = side + _NAMES + 0.15 * len(title)
        figure = Figure(figsize=(width, height), layout="compressed")
        figure.suptitle("\n".join(title))
        axes = figure.subplots()
        image = _matrix(axes, pairs, attacks)
        bar = figure.colorbar(image, ax=axes, fraction=0.05, pad=0.03)
        bar.set_label("row minus column", fontsize=7)
        bar.locator = MaxNLocator(5, symmetric=True)
        bar.outline.set_visible(False)
    return figure


def _title(rows: Sequence[Row]) -> str:
    counts = sorted({min(row["n"] for row in rows), max(row["n"] for row in rows)})
    images = "–".join(map(str, counts))
    return (
        "Mean difference in Spearman's rank correlation of SSIM deficit and CAM, row minus column "
        f"(n = {images} images)"
    )


def _matrix(axes: Axes, rows: Sequence[Row], attacks: Sequence[str]) -> AxesImage:
    values = _differences(rows, attacks)
    magnitudes = np.abs(values[np.isfinite(values)])
    limit = float(magnitudes.max(initial=0.0)) or 1.0
    axes.set_facecolor("0.86")
    image = axes.imshow(values, cmap="RdBu_r", vmin=-limit, vmax=limit)
    _decorate(axes, attacks)
    return image


def _differences(rows: Sequence[Row], attacks: Sequence[str]) -> NDArray[np.float64]:
    """Return row minus column, NaN where there is none."""
    index = {attack: place for place, attack in enumerate(attacks)}
    values = np.full((len(attacks), len(attacks)), np.nan)
    for row in rows:
        first, second = index[row["attack"]], index[row["other"]]
        difference = row["mean_difference"]
        if difference is not None:
            values[first, second], values[second, first] = difference, -difference
    return values


def _decorate(axes: Axes, attacks: Sequence[str]) -> None:
    """Name rows and columns, and draw white lines between the cells."""
    positions = np.arange(len(attacks))
    axes.set_xticks(positions, attacks, rotation=90, fontsize=6.5)
    axes.set_yticks(positions, attacks, fontsize=6.5)
    axes.tick_params(length=0, pad=2)
    for axis in (axes.xaxis, axes.yaxis):
        axis.set_ticks(positions[1:] - 0.5, minor=True)
    axes.grid(which="minor", color="white", linewidth=0.8)
    axes.tick_params(which="minor", length=0)
    axes.spines[:].set_visible(False)
