"""From a solver's solution, feasible to its tolerance, to one that is feasible: models S and L."""

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.solvers.conic_instance import Instance
from ssimball.solvers.conic_matrices import Floats
from ssimball.ssim import C1, C2, change_statistics, image_statistics


def contains(instance: Instance, model: str, d: Floats) -> bool:
    """Whether d (C, H, W) lies in the model's ball, box not included. Evaluated from pixels.

    Args:
        model: S or L.
    """
    x = torch.from_numpy(instance.image)
    image = image_statistics(x, instance.window)
    change = change_statistics(x, torch.from_numpy(d), image, instance.window)
    m, variance, covariance = change.mean, change.variance, change.covariance
    if model == "S":
        luminance = 2 * image.mean * (image.mean + m) + C1
        structure = 2 * image.variance + 2 * covariance + C2
        distance = m * m / luminance + variance / structure
        proper = bool((luminance > 0).all()) and bool((structure > 0).all())
        return proper and float(distance.mean()) <= instance.epsilon
    e = instance.epsilon
    contrast = (1 - e) * variance - 2 * e * covariance <= e * (2 * image.variance + C2)
    bright = (1 - e) * m * m - 2 * e * image.mean * m <= e * (2 * image.mean**2 + C1)
    return bool(contrast.all()) and bool(bright.all())


def shrink_into(instance: Instance, model: str, d: Floats) -> tuple[NDArray[np.float32], float]:
    """d as float32 values inside ball and box, and the factor it was multiplied with.

    The models are convex and hold 0 in their interior, so shrinking leads inside.
    """
    factor, step = 1.0, 1e-8
    while True:
        rounded = _into_box(instance, factor * d)
        if contains(instance, model, rounded.astype(float)):
            return rounded, factor
        factor *= 1 - step
        step = min(2 * step, 0.5)


def _into_box(instance: Instance, d: Floats) -> NDArray[np.float32]:
    rounded = np.clip(d, instance.lower, instance.upper).astype(np.float32)
    outside = (rounded > instance.upper) | (rounded < instance.lower)
    # The next float32 towards 0.
    return np.where(outside, np.nextafter(rounded, np.float32(0)), rounded)
