"""From a perturbed image to the 8-bit image that is stored and judged."""

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq
from torch import Tensor

from ssimball.ssim.index import mean_ssim
from ssimball.storage.images import to_8_bit, to_tensor

#: A mean SSIM this close to the floor could round to the other side elsewhere.
GUARD = 1e-9
HALVINGS = 16
#: Of the factor that matches a mean SSIM: where to give up, and how finely it is searched.
LARGEST_FACTOR, RESOLUTION = 1e4, 1e-4


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
        return stored_mean_ssim(clean, image) >= floor + GUARD

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


def match_8_bit(
    clean: Tensor, adversarial: Tensor, target: float, tolerance: float
) -> tuple[NDArray[np.uint8], float, float]:
    """The 8-bit image nearest to a mean SSIM, on the line from clean through adversarial.

    Args:
        clean: float64 (3, H, W), multiples of 1/255.
        adversarial: float (3, H, W) in [0, 1].
        target: the mean SSIM to come near to.
        tolerance: a tenth of it ends the search.

    Returns:
        uint8 (H, W, 3); the factor that the change was multiplied with, which may exceed 1, values
        being clipped to [0, 1]; and the mean SSIM reached. Factor 0 where there is no change.
    """
    clean = clean.double()
    change, wanted = adversarial.double() - clean, 1 - target
    best = (to_8_bit(clean), 0.0, 1.0)

    def excess(factor: float) -> float:
        """Of the root of the deficit, which is about linear in the factor."""
        nonlocal best
        image = to_8_bit(clean + factor * change)
        reached = stored_mean_ssim(clean, image)
        if abs(reached - target) < abs(best[2] - target):
            best = (image, factor, reached)
        if abs(reached - target) <= tolerance / 10:
            return 0.0
        return float(max(1 - reached, 0.0) ** 0.5 - wanted**0.5)

    low, high, found = 0.0, 1.0, excess(1.0) if bool(change.any()) else 0.0
    while found < 0 and high < LARGEST_FACTOR:
        low, high = high, high * min(max(1.1 / (1 + found / wanted**0.5 + 1e-9), 1.1), 8.0)
        found = excess(high)
    if found > 0:
        # No finer: a change by whole levels must not be split by rounding errors of its floats.
        brentq(excess, low, high, xtol=1e-12, rtol=RESOLUTION, disp=False)
    return best


def stored_mean_ssim(clean: Tensor, image: NDArray[np.uint8]) -> float:
    """Mean SSIM of an 8-bit image (H, W, 3) and the clean one, float64 (3, H, W)."""
    return float(mean_ssim(clean[None], to_tensor(image).to(clean.device)[None]))
