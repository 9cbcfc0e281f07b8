"""Whether windows suit images: they must fit, and together cover every pixel."""

from collections.abc import Sequence

from ssimball.errors import AttackError
from ssimball.ssim.windows import Window


def too_small(shape: Sequence[int], window: Window) -> str | None:
    """Return a sentence about images that are smaller than the window; None if it fits.

    Args:
        shape: of an image, (..., H, W).
        window: where similarity is measured.
    """
    height, width = shape[-2:]
    side = min(height, width)
    if side >= window.size:
        return None
    largest = side if window.boundary == "valid" else side - 1 + side % 2
    return (
        f"{height} x {width} pixels (height x width) are fewer than the window of {window.size} x "
        f"{window.size} needs; choose larger images, or a window of at most {largest}"
    )


def check_cover(shape: Sequence[int], window: Window) -> None:
    """Refuse windows that leave pixels uncovered, because no constraint would bound those.

    Args:
        shape: of an image, (..., H, W).
        window: where similarity is measured.

    Raises:
        AttackError: the image is smaller than the window, or the windows leave pixels uncovered;
            the message names window and side.
    """
    problem = too_small(shape, window)
    if problem is not None:
        raise AttackError(problem)
    for side in shape[-2:]:
        if not window.covers(side):
            raise AttackError(
                f"windows of {window.size} pixels at stride {window.stride} do not cover a side "
                f"of {side} pixels; choose a stride that divides {side} - size"
            )
