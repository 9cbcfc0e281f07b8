"""The transfer matrix: how many images made on one network fool another."""

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ssimball.report.figures.style import WIDTH, Row, panel_grid, style

#: What to draw: attack, region, title.
Kind = tuple[str, str, str]
#: Panels in a row, and inches of what surrounds a matrix.
_ACROSS, _AROUND = 3, 0.45
#: Colours of shares from 0 to 1, and the share from which text is white.
_COLOURS, _DARK = "Blues", 0.55


def transfer_figure(rows: Sequence[Row], kinds: Sequence[Kind]) -> Figure:
    """Draw a matrix of shares fooled for each kind of image.

    Args:
        rows: rows of contracts.networks.TRANSFER.
        kinds: the kinds of images to draw.

    Returns:
        A figure 7 inches wide: sources are rows, targets columns, shares in percent.
    """
    networks = list(dict.fromkeys(row["source"] for row in rows))
    down, across = panel_grid(len(kinds), _ACROSS)
    with style():
        height = down * (WIDTH / across + _AROUND)
        figure = Figure(figsize=(WIDTH, height), layout="constrained")
        panels = figure.subplots(down, across, squeeze=False, sharex=True, sharey=True)
        for axes in panels.flat[len(kinds) :]:
            axes.set_axis_off()
        for axes, (attack, region, title) in zip(panels.flat, kinds, strict=False):
            _draw(axes, _matrix(rows, attack, region, networks), title)
        _name(panels, networks, len(kinds))
    return figure


def _matrix(
    rows: Sequence[Row], attack: str, region: str, networks: Sequence[str]
) -> NDArray[np.float64]:
    """Shares by source and target; NaN where no image is left."""
    of_kind = [row for row in rows if (row["attack"], row["region"]) == (attack, region)]
    shares = {(row["source"], row["target"]): row["fooled"] for row in of_kind}
    return np.array(
        [[shares.get((source, target), np.nan) for target in networks] for source in networks],
        np.float64,
    )


def _draw(axes: Axes, matrix: NDArray[np.float64], title: str) -> None:
    axes.imshow(matrix, cmap=_COLOURS, vmin=0, vmax=1, aspect="equal")
    axes.set_title(title)
    for (row, column), share in np.ndenumerate(matrix):
        if np.isfinite(share):
            colour = "white" if share > _DARK else "black"
            text = f"{100 * share:.0f}"
            axes.text(column, row, text, ha="center", va="center", color=colour, fontsize=6)


def _name(panels: NDArray[np.object_], networks: Sequence[str], drawn: int) -> None:
    """Name sources at the left of each row, and targets below the lowest panel of a column."""
    places = np.arange(len(networks))
    across = panels.shape[1]
    for number in range(drawn):
        row, column = divmod(number, across)
        axes = panels[row, column]
        axes.set_yticks(places, networks, fontsize=6)
        axes.tick_params(length=0, labelbottom=number + across >= drawn, labelleft=column == 0)
        axes.set_xticks(places, networks, fontsize=6, rotation=90)
        if column == 0:
            axes.set_ylabel("made on", fontsize=7)
        if number + across >= drawn:
            axes.set_xlabel("judged by", fontsize=7)
