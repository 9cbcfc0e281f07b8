"""One image by all attacks: its CAM, and by attack change, SSIM map and CAM under attack."""

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from matplotlib.figure import Figure
from numpy.typing import NDArray

from ssimball.report.figures.example_page import TOP, WORDS, Page
from ssimball.report.figures.pictures import (
    CAM_LOOK,
    SSIM_LOOK,
    change_picture,
    overlay_picture,
    ssim_picture,
)
from ssimball.report.figures.style import LOOKS, WIDTH, style

#: Inches of a line of text.
_LINE = 0.125
#: Length of a page, which decides how many blocks are in a line.
_LONGEST = 10.9


@dataclass(frozen=True)
class ExampleBlock:
    """What one attack did to the image.

    Attributes:
        attack: display name.
        group: group of the attack.
        predicted_name: name of the class of the adversarial image.
        fooled: whether that is another class than the true one.
        mean_ssim: mean SSIM of adversarial and clean image.
        adversarial: uint8 (H, W, 3).
        ssim_map: (H - 10, W - 10), of contracts.maps.SSIM.
        cam: (h, w), raw, of the true class on the adversarial image; None where there is none.
    """

    attack: str
    group: str
    predicted_name: str
    fooled: bool
    mean_ssim: float
    adversarial: NDArray[np.uint8]
    ssim_map: NDArray[np.float64]
    cam: NDArray[Any] | None = None


@dataclass(frozen=True)
class ExampleImage:
    """The image.

    Attributes:
        image_id: its id.
        true_name: name of its class.
        clean: uint8 (H, W, 3).
        cam: (h, w), raw, of the true class.
    """

    image_id: str
    true_name: str
    clean: NDArray[np.uint8]
    cam: NDArray[Any]


def example_figure(
    image: ExampleImage | None, blocks: Sequence[ExampleBlock], *, amplify: float
) -> Figure:
    """Draw an image and its CAM, and below them a block of pictures per attack.

    Args:
        image: the image; None where no image was attacked.
        blocks: the attacks, in their order.
        amplify: changes are shown as 0.5 + amplify * (adversarial - clean), all on this scale.

    Returns:
        A figure 7 inches wide.
    """
    if image is None or not blocks:
        return _empty()
    kinds = 2 + any(block.cam is not None for block in blocks)
    pages = [Page(kinds, across, -(-len(blocks) // across)) for across in (2, 3, 4)]
    page = next((one for one in pages if one.height <= _LONGEST), pages[-1])
    with style():
        figure = Figure(figsize=(WIDTH, page.height))
        _first(figure, page, image, amplify)
        for number, block in enumerate(blocks):
            _block(figure, page, number, image, block, amplify)
    return figure


def _first(figure: Figure, page: Page, image: ExampleImage, amplify: float) -> None:
    """Draw the image, its CAM, and beside them what the pictures below are."""
    page.show(figure, None, 0, image.clean)
    page.show(figure, None, 1, overlay_picture(image.cam, image.clean))
    page.words(figure, None, 0, f"Clean image\n{_short(image.true_name, 24)}")
    page.words(figure, None, 1, "Its class\nactivation map (CAM)")
    left = page.corner(None, 2)[0] + 0.25
    under = page.kinds > 2
    text = (
        f"Below, for each attack: grey + {amplify:g} × its change, on one scale for all attacks;\n"
        f"the SSIM map; {'the CAM of the true class on the adversarial image; ' * under}\n"
        "above them the prediction and the mean SSIM."
    )
    corner = left / WIDTH, 1 - WORDS / page.height
    figure.text(*corner, text, va="top", fontsize=7, linespacing=1.35)
    scales: Sequence[tuple[Mapping[str, Any], str, Sequence[float]]] = (
        (SSIM_LOOK, "SSIM map (below 0.9: as 0.9)", [0.9, 0.95, 1.0]),
        (CAM_LOOK, "CAM / largest |CAM|", [-1, 0, 1]),
    )
    for place, (look, label, ticks) in enumerate(scales):
        box = (left + 1.9 * place, page.height - WORDS - TOP + 0.3, 1.6, 0.07)
        _scale(figure, np.array(box) / ([WIDTH, page.height] * 2), look, label, ticks)


def _scale(
    figure: Figure,
    box: NDArray[np.float64],
    look: Mapping[str, Any],
    label: str,
    ticks: Sequence[float],
) -> None:
    axes = figure.add_axes(tuple(box))
    ends = (look["vmin"], look["vmax"])
    axes.imshow(np.linspace(*ends, 256)[None], **look, aspect="auto", extent=(*ends, 0, 1))
    axes.set_yticks([])
    axes.set_xticks(ticks, [f"{tick:g}" for tick in ticks], fontsize=6)
    axes.tick_params(length=2, width=0.4, pad=1)
    axes.set_xlabel(label, fontsize=6.5, labelpad=1)


def _block(
    figure: Figure,
    page: Page,
    number: int,
    image: ExampleImage,
    block: ExampleBlock,
    amplify: float,
) -> None:
    size = image.clean.shape[0], image.clean.shape[1]
    page.show(figure, number, 0, change_picture(image.clean, block.adversarial, amplify))
    page.show(figure, number, 1, ssim_picture(block.ssim_map, size))
    if block.cam is not None:
        page.show(figure, number, 2, overlay_picture(block.cam, block.adversarial))
    outcome = (
        f"→ {_short(block.predicted_name, page.characters - 14)}" if block.fooled else "not fooled"
    )
    colour = LOOKS[block.group]["color"]
    page.words(figure, number, 0, block.attack, _LINE, color=colour, weight="bold")
    page.words(figure, number, 0, f"{outcome} · SSIM {block.mean_ssim:.3f}")


def _short(name: str, width: int) -> str:
    """Return the first of a class's names, shortened."""
    return textwrap.shorten(name.split(",")[0], width, placeholder=" …")


def _empty() -> Figure:
    with style():
        figure = Figure(figsize=(WIDTH, 0.6))
        reasons = "For the reasons see status and correct in the tables clean and attacks."
        figure.text(0.01, 0.5, f"No image to show. {reasons}", va="center")
    return figure
