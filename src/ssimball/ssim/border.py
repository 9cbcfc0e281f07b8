"""How much of a change lies near the border of an image."""

from torch import Tensor

#: Widths of the frames in pixels: a window of 11 pixels that lies inside an image has its centre
#: outside the first; the pixels of the second get less than a hundredth of the weight of others.
FRAMES = (5, 2)


def outer_energy(change: Tensor, width: int) -> float | None:
    """Return the share of the sum of squares that lies in the outermost pixels.

    Args:
        change: (C, H, W).
        width: of the frame, in pixels.

    Returns:
        A value from 0 to 1; None where nothing changes. A change of equal size everywhere has the
        frame's share of the area.
    """
    square = change.double().square()
    whole = float(square.sum())
    if whole == 0:
        return None
    inside = square[..., width:-width, width:-width]
    return float(whole - inside.sum()) / whole
