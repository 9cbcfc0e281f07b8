"""From a perturbed image to the 8-bit image that is stored and judged."""

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ssimball.preprocessing import to_8_bit, to_tensor
from ssimball.ssim import mean_ssim

#: A mean SSIM this close to the floor could round to the other side elsewhere.
GUARD = 1e-9
HALVINGS = 16


def shrink_to_8_bit(
    clean: Tensor, adversarial: Tensor, floor: float | None
) -> tuple[NDArray[np.uint8], float]:
    """Round to 8 bits, with the change scaled down until mean SSIM reaches the floor.

    Args:
        clean: float64 (3, H, W), multiples of 1/255.
        adversarial: float (3, H, W) in [0, 1].
        floor: smallest mean SSIM allowed for the 8-bit image; None to round and nothing else.

    Returns:
        uint8 (H, W, 3), and the factor in [0, 1] the change was scaled with: the largest that
        bisection finds. With 0 the clean image comes back.
    """
    clean = clean.double()
    change = adversarial.double() - clean

    def rounded(factor: float) -> NDArray[np.uint8]:
        return to_8_bit(clean + factor * change)

    def good(image: NDArray[np.uint8]) -> bool:
        if floor is None:
            return True
        stored = to_tensor(image).to(clean.device)
        return float(mean_ssim(clean[None], stored[None])) >= floor + GUARD

    whole = rounded(1.0)
    if good(whole):
        return whole, 1.0
    low, high, best = 0.0, 1.0, to_8_bit(clean)
    for _ in range(HALVINGS):
        middle = (low + high) / 2
        image = rounded(middle)
        if good(image):
            low, best = middle, image
        else:
            high = middle
    return best, low
