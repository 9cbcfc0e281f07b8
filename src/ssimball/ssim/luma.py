"""BT.601 luma."""

from torch import Tensor

#: Weights of R, G and B (ITU-R BT.601).
LUMA = (0.299, 0.587, 0.114)


def luma(image: Tensor) -> Tensor:
    """Return the BT.601 luma without rounding: (H, W) of RGB (3, H, W) in [0, 1].

    A grey image, (1, H, W), is its own luma.
    """
    if len(image) == 1:
        return image[0]
    red, green, blue = (weight * channel for weight, channel in zip(LUMA, image, strict=True))
    total: Tensor = red + green + blue
    return total
