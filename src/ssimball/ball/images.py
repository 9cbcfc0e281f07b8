"""Whether a ball can be made around images."""

import torch
from torch import Tensor

from ssimball.errors import InputError
from ssimball.ssim.window_checks import too_small
from ssimball.ssim.windows import Window


def check_images(images: Tensor, window: Window) -> None:
    """Refuse images around which there is no ball.

    Args:
        images: (B, C, H, W).
        window: where similarity is measured.

    Raises:
        InputError: the images do not have four axes, are smaller than the window, or hold values
            that are not finite or lie outside [0, 1]; the message says what was found.
    """
    if not isinstance(images, Tensor):
        kind = type(images).__name__
        raise InputError(f"images: expected a torch tensor, got {kind}; use torch.as_tensor")
    if images.ndim != 4:
        raise InputError(
            f"images: shape {tuple(images.shape)}, but a ball is for a batch (B, C, H, W)"
        )
    problem = too_small(images.shape, window)
    if problem is not None:
        raise InputError(f"images: {problem}")
    if images.numel() == 0:
        return
    # NaN is the least and the largest value wherever there is one.
    low, high = (float(value) for value in torch.aminmax(images.detach()))
    if low >= 0 and high <= 1:
        return
    finite = images.isfinite()
    found = f"values from {low:g} to {high:g}"
    if not bool(finite.all()):
        count = int((~finite).sum())
        kind = "NaN" if bool(images.isnan().any()) else "infinite values"
        found = f"{kind} ({count} of {images.numel()} values are not finite)"
    raise InputError(
        f"images: a ball is for values in [0, 1], but these hold {found}; if they are normalised, "
        "give them as they were before, and make the normalisation part of the model"
    )
