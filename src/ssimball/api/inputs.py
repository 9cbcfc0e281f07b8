"""Read what a caller gives: images in [0, 1] and classes, as torch tensors or NumPy arrays."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.errors import InputError

#: What images come as; results come as the same.
ArrayT = TypeVar("ArrayT", Tensor, NDArray[Any])
#: Classes of the images, one each.
Classes = Tensor | NDArray[Any] | list[int] | int

_FLOATS = (torch.float16, torch.bfloat16, torch.float32, torch.float64)


@dataclass(frozen=True)
class Form:
    """How a caller gave images, so that results can be returned in the same form.

    Attributes:
        is_numpy: as a NumPy array rather than a torch tensor.
        is_single: as one image without a batch axis.
        dtype: their type in torch.
        device: where they were.
    """

    is_numpy: bool
    is_single: bool
    dtype: torch.dtype
    device: torch.device

    def pictures(self, values: Tensor) -> Any:
        """Return values (B, ...) in the type of the images."""
        return self.numbers(values.to(self.dtype))

    def numbers(self, values: Tensor) -> Any:
        """Return values (B, ...) in their own type; without the batch axis for one image."""
        values = (values[0] if self.is_single else values).detach()
        return values.cpu().numpy() if self.is_numpy else values.to(self.device)


def read_images(images: object, name: str = "images") -> tuple[Tensor, Form]:
    """Check images and copy them.

    Args:
        images: (B, C, H, W) or (C, H, W) in [0, 1], a tensor or an array of floats.
        name: what messages call them.

    Returns:
        The images, float64 (B, C, H, W) on their device, and their form.

    Raises:
        InputError: they are no such images; the message says what was found and what to do.
    """
    if not isinstance(images, Tensor | np.ndarray):
        remedy = f"torch.stack({name}) makes one of a list of tensors, "
        remedy += "torchvision.transforms.functional.to_tensor of a PIL image"
        found = type(images).__name__
        raise InputError(f"{name}: expected a tensor or array, got {found}; {remedy}")
    is_numpy = isinstance(images, np.ndarray)
    tensor = _as_tensor(images, name)
    if tensor.dtype not in _FLOATS:
        kind = str(tensor.dtype).removeprefix("torch.")
        remedy = f"divide by 255: {name} / 255" if kind == "uint8" else "convert them to float32"
        raise InputError(f"{name}: values are {kind}, expected floats in [0, 1]; {remedy}")
    _check_shape(tuple(tensor.shape), name)
    form = Form(is_numpy, tensor.ndim == 3, tensor.dtype, tensor.device)
    # Compiled code is one for each order of the values in memory.
    batch = tensor.detach().to(torch.float64, copy=True, memory_format=torch.contiguous_format)
    batch = batch[None] if form.is_single else batch
    _check_range(batch, name)
    return batch, form


def read_classes(classes: Classes, count: int, device: torch.device, name: str) -> Tensor:
    """Check classes, one for each image.

    Returns:
        int64 (B,).

    Raises:
        InputError: there are not as many as images, or they are not whole numbers from 0 on.
    """
    try:
        tensor = _as_tensor(classes if isinstance(classes, Tensor) else np.asarray(classes), name)
    except ValueError:  # lists of unequal lengths, names, missing values
        raise InputError(f"{name}: expected whole numbers of classes, got {classes!r}") from None
    if tensor.is_floating_point() or tensor.is_complex() or tensor.dtype == torch.bool:
        remedy = "; of one-hot classes, give .argmax(1)" if tensor.ndim == 2 else ""
        raise InputError(f"{name}: expected whole numbers of classes, got {tensor.dtype}{remedy}")
    if tensor.ndim > 1 or tensor.numel() != count:
        raise InputError(
            f"{name}: expected {count} numbers of classes, one for each image, got an array of "
            f"shape {tuple(tensor.shape)}"
        )
    numbers = tensor.detach().reshape(-1).to(device, torch.int64, copy=True)
    if int(numbers.min()) < 0:
        raise InputError(f"{name}: {int(numbers.min())} is no class; classes count from 0")
    return numbers


def check_side(images: Tensor, least: int, name: str = "images") -> None:
    """Refuse images smaller than a window.

    Raises:
        InputError: a side is shorter than ``least`` pixels.
    """
    height, width = images.shape[-2:]
    if min(height, width) < least:
        raise InputError(
            f"{name}: {height} x {width} pixels; each side needs at least {least}, the size of a "
            "window of SSIM"
        )


def _as_tensor(values: Any, name: str) -> Tensor:
    if isinstance(values, Tensor):
        if values.is_meta or values.layout != torch.strided:
            raise InputError(f"{name}: sparse, or on the device meta; make it an ordinary tensor")
        return values
    try:
        # A copy: torch takes neither negative strides, nor arrays that it may not write to, nor
        # another order of bytes.
        return torch.from_numpy(values.astype(values.dtype.newbyteorder("=")))
    except TypeError:
        raise InputError(
            f"{name}: torch knows no values of type {values.dtype}; convert them to numbers"
        ) from None


def _check_shape(shape: tuple[int, ...], name: str) -> None:
    if len(shape) in (3, 4) and shape[-3] in (1, 3) and 0 not in shape:
        return
    hint = "; there is no image" if 0 in shape else ""
    if len(shape) in (3, 4) and shape[-1] in (1, 3):
        hint = "; channels come first: move the last axis to the front of the other two"
    raise InputError(
        f"{name}: shape {shape}, expected (N, C, H, W) or (C, H, W) with 1 or 3 channels{hint}"
    )


def _check_range(images: Tensor, name: str) -> None:
    low, high = float(images.min()), float(images.max())
    if not np.isfinite([low, high]).all():
        raise InputError(f"{name}: a value is NaN or infinite; expected values in [0, 1]")
    if low >= 0 and high <= 1:
        return
    remedy = "put the normalisation into the model: torch.nn.Sequential(normalise, model)"
    if low >= 0 and high > 2:
        remedy = f"divide by 255: {name} / 255"
    elif low > -0.5 and high < 1.5:
        remedy = f"clip them: {name}.clip(0, 1)"
    raise InputError(f"{name}: values from {low:.4g} to {high:.4g}, expected [0, 1]; {remedy}")
