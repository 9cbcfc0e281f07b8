"""The contact sheet: what an attack changed in single images, and where."""

import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.collections import LineCollection
from matplotlib.figure import Figure
from matplotlib.image import AxesImage
from numpy.typing import NDArray

from ssimball.overlap.grids import deficit_grid
from ssimball.overlap.scores import shares, top_cells
from ssimball.report.figures.pictures import CAM_ALPHA, CAM_LOOK, SSIM_LOOK, amplified, relative
from ssimball.report.figures.style import style

# Inches. At the resolution of saved figures, images of 224 pixels are shown pixel for pixel.
_CELL, _GAP, _LABEL, _HEADER, _FOOTER = 1.018, 0.06, 1.2, 0.42, 0.5
_COLUMNS = 6
#: Left, right, bottom and top of an image in pixels.
Extent = tuple[float, float, float, float]


@dataclass(frozen=True)
class SheetRow:
    """One image of a contact sheet.

    Attributes:
        image_id: its id.
        true_name: name of its class.
        predicted_name: name of the class of the adversarial image.
        clean: uint8 (H, W, 3).
        adversarial: uint8 (H, W, 3).
        ssim_map: (H - 10, W - 10), of contracts.maps.SSIM.
        cam: (h, w), raw, of the true class.
        mean_ssim: mean SSIM of the stored image.
        spearman: rank correlation of SSIM deficit and CAM, where defined.
        mask: bool (H, W), the object, where known.
    """

    image_id: str
    true_name: str
    predicted_name: str
    clean: NDArray[np.uint8]
    adversarial: NDArray[np.uint8]
    ssim_map: NDArray[np.float64]
    cam: NDArray[Any]
    mean_ssim: float
    spearman: float | None = None
    mask: NDArray[np.bool_] | None = None


def contact_sheet(rows: Sequence[SheetRow], *, amplify: float, top: float, title: str) -> Figure:
    """Draw a line per image: clean, adversarial, change, SSIM map, CAM and SSIM deficit by cell.

    The colour scales of SSIM and SSIM deficit are the same on every sheet.

    Args:
        rows: the images; a sheet without any says so.
        amplify: the change is shown as 0.5 + amplify * (adversarial - clean), grey where the
            image is unchanged.
        top: share of the cells that counts as the top, outlined in the last column, in (0, 1].
        title: heading of the sheet, e.g. the attack.
    """
    if not rows:
        return _empty_sheet(title)
    width = _LABEL + _COLUMNS * (_CELL + _GAP)
    height = _HEADER + len(rows) * (_CELL + _GAP) - _GAP + _FOOTER
    with style():
        figure = Figure(figsize=(width, height))
        panels = _panels(figure, len(rows))
        drawn = [_draw(row, line, amplify, top) for row, line in zip(rows, panels, strict=True)]
        figure.text(_GAP / width, 1 - _GAP / height, title, va="top", weight="bold")
        masks = any(row.mask is not None for row in rows)
        for axes, name in zip(panels[0], _headers(amplify, top, masks), strict=True):
            axes.set_title(name, fontsize=7, pad=3)
        ssim, cam, share = drawn[-1]
        _colourbar(figure, ssim, "SSIM", "min", [0.9, 0.95, 1])
        _colourbar(figure, cam, "CAM / max |CAM|", "neither", [-1, 0, 1])
        _colourbar(figure, share, "share of SSIM deficit", "max", [0, 0.05, 0.1])
    return figure


def _panels(figure: Figure, lines: int) -> NDArray[Any]:
    """Return the axes of the sheet, as large as its cells."""
    width, height = (float(inches) for inches in figure.get_size_inches())
    grid = figure.add_gridspec(
        lines,
        _COLUMNS,
        left=_LABEL / width,
        right=1 - _GAP / width,
        top=1 - _HEADER / height,
        bottom=_FOOTER / height,
        wspace=_GAP / _CELL,
        hspace=_GAP / _CELL,
    )
    panels: NDArray[Any] = grid.subplots(squeeze=False)
    return panels


def _empty_sheet(title: str) -> Figure:
    with style():
        figure = Figure(figsize=(_LABEL + _COLUMNS * (_CELL + _GAP), _CELL))
        figure.text(0.01, 0.9, title, va="top", weight="bold")
        reasons = "For the reasons see status and correct in the tables clean and attacks."
        figure.text(0.01, 0.5, f"No image to show. {reasons}", va="top")
    return figure


def _headers(amplify: float, top: float, masks: bool) -> list[str]:
    return [
        "clean",
        "adversarial",
        f"change × {amplify:g}",
        "SSIM map",
        "CAM of true class" + ("\n(line: object)" if masks else ""),
        f"SSIM deficit by cell\n(line: CAM's top {top:.0%})",
    ]


def _draw(
    row: SheetRow, panels: Sequence[Axes], amplify: float, top: float
) -> tuple[AxesImage, AxesImage, AxesImage]:
    """Fill a line of the sheet.

    Returns:
        The images that the colourbars describe: SSIM, CAM, share of the SSIM deficit.
    """
    size = row.clean.shape[0], row.clean.shape[1]
    # Pixel p spans p - 0.5 to p + 0.5.
    whole = (-0.5, size[1] - 0.5, size[0] - 0.5, -0.5)
    panels[0].imshow(row.clean)
    panels[1].imshow(row.adversarial)
    panels[2].imshow(amplified(row.clean, row.adversarial, amplify))
    # Pixels at which no window is centred stay white.
    y, x = ((full - part) / 2 for full, part in zip(size, row.ssim_map.shape, strict=True))
    extent = (x - 0.5, size[1] - x - 0.5, size[0] - y - 0.5, y - 0.5)
    ssim = panels[3].imshow(row.ssim_map, **SSIM_LOOK, extent=extent)
    cam = _draw_cam(panels[4], row, whole)
    share = _draw_deficit(panels[5], row, size, whole, top)
    _label(panels[0], row)
    for axes in panels:
        axes.set(xticks=[], yticks=[], xlim=whole[:2], ylim=whole[2:])
        axes.spines[:].set_visible(False)
    return ssim, cam, share


def _draw_cam(axes: Axes, row: SheetRow, whole: Extent) -> AxesImage:
    """Draw the CAM over the image in grey, with the outline of the object."""
    axes.imshow(row.clean.mean(axis=2), cmap="gray", vmin=0, vmax=255)
    cam = axes.imshow(
        relative(row.cam),
        **CAM_LOOK,
        extent=whole,
        interpolation="bilinear",
        alpha=CAM_ALPHA,
    )
    if row.mask is not None and 0 < row.mask.mean() < 1:  # Otherwise there is no outline.
        axes.contour(row.mask, [0.5], colors="black", linewidths=0.7)
    return cam


def _draw_deficit(
    axes: Axes, row: SheetRow, size: tuple[int, int], whole: Extent, top: float
) -> AxesImage:
    """Draw the share of the SSIM deficit by cell, with the outline of the CAM's top cells."""
    pooled = deficit_grid(row.ssim_map, size, row.cam.shape)
    share = np.nan_to_num(shares(pooled.ravel())).reshape(pooled.shape)
    cells = axes.imshow(share, cmap="inferno", vmin=0, vmax=0.1, extent=whole)
    chosen = np.nan_to_num(top_cells(row.cam.ravel(), top)).reshape(row.cam.shape) > 0
    axes.add_collection(_outline(chosen, size))
    return cells


def _outline(chosen: NDArray[np.bool_], size: tuple[int, int]) -> LineCollection:
    """Return the edges between chosen cells and others, with those at the image border."""
    padded = np.pad(chosen, 1)
    scale = np.array([size[1] / chosen.shape[1], size[0] / chosen.shape[0]])
    below = [[(j - 1, i), (j, i)] for i, j in np.argwhere(padded[1:] != padded[:-1])]
    beside = [[(j, i - 1), (j, i)] for i, j in np.argwhere(padded[:, 1:] != padded[:, :-1])]
    edges = np.array(below + beside, np.float64).reshape(-1, 2, 2) * scale - 0.5
    return LineCollection(
        list(edges), colors="deepskyblue", linewidths=1.2, capstyle="projecting", clip_on=False
    )


def _label(axes: Axes, row: SheetRow) -> None:
    """Write beside a line: true and predicted class, SSIM, rank correlation, id of the image."""
    predicted = "\n   ".join(_wrapped(row.predicted_name))
    lines = [*_wrapped(row.true_name), f"→ {predicted}", f"SSIM {row.mean_ssim:.4f}"]
    if row.spearman is not None:
        lines.append(f"Spearman {row.spearman:+.2f}")
    left = ((_GAP - _LABEL) * 72, 0)
    look: dict[str, Any] = {
        "xycoords": "axes fraction",
        "xytext": left,
        "textcoords": "offset points",
    }
    axes.annotate("\n".join(lines), (0, 1), va="top", fontsize=6.5, linespacing=1.3, **look)
    # Ids of images differ in their ends.
    name = row.image_id if len(row.image_id) <= 24 else f"…{row.image_id[-23:]}"
    axes.annotate(name, (0, 0), va="bottom", fontsize=5.5, color="0.35", **look)


def _wrapped(name: str) -> list[str]:
    """Return at most two lines of the first of a class's names."""
    return textwrap.wrap(name.split(",")[0], 17, max_lines=2, placeholder=" …")


def _colourbar(
    figure: Figure, image: AxesImage, label: str, extend: str, ticks: list[float]
) -> None:
    """Draw a colourbar below the axes of an image, about as wide as they are."""
    box = image.axes.get_position()
    height, inset = float(figure.get_size_inches()[1]), 0.08 * box.width
    position = (box.x0 + inset, box.y0 - 0.16 / height, box.width - 2 * inset, 0.08 / height)
    axes = figure.add_axes(position)
    figure.colorbar(image, cax=axes, orientation="horizontal", extend=extend, ticks=ticks)
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks])
    axes.tick_params(labelsize=6, length=2, width=0.4, pad=1)
    axes.set_xlabel(label, fontsize=6.5, labelpad=1)
