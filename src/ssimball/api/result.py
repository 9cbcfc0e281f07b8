"""What an attack returns to its caller."""

from dataclasses import dataclass
from functools import cached_property
from typing import Generic

import torch
from torch import Tensor

from ssimball.api.inputs import ArrayT, Form
from ssimball.ball.bracket.bracket import Bracket
from ssimball.ball.certificate import Certificate
from ssimball.ball.scope import StoredAs
from ssimball.ssim.index import ssim_map


@dataclass(frozen=True, repr=False)
class Result(Generic[ArrayT]):
    """Adversarial images of 8 bits, and what is known about them.

    Arrays are of the kind of the clean images, torch or NumPy. For a single image without a batch
    axis they have none either.

    Attributes:
        images: the adversarial images, (B, C, H, W), multiples of 1/255 in the clean images' type.
        success: whether the network predicts the target or, without targets, not the label; bool
            (B,).
        ssim: mean SSIM with the clean images over windows and channels, float64 (B,).
        predictions: the network's classes for the adversarial images, int64 (B,).
        clean_predictions: its classes for the clean images, int64 (B,).
        scale: factor by which the perturbation was multiplied before rounding, so that the image of
            8 bits keeps the bound on SSIM; float64 (B,), at most 1.
        forward_passes: passes of each image through the network, with the one that judges it.
        gradients: passes of each back through the network.
        certificate: proof of how close to the best the last linear step is; torch tensors with a
            batch axis. It refers to the perturbation before it was scaled and rounded; its
            ``scope`` names the model of the ball, the boundary and the step, and
            :attr:`stored_as` says what became of that perturbation.
        bracket: bounds on the optimum of that step over the true SSIM ball, which is not convex,
            with ``bracket=True``; otherwise None. Its ``lower``, ``upper`` and ``ratio`` are
            float64 (B,).
    """

    images: ArrayT
    success: ArrayT
    ssim: ArrayT
    predictions: ArrayT
    clean_predictions: ArrayT
    scale: ArrayT
    forward_passes: int
    gradients: int
    certificate: Certificate
    bracket: Bracket | None
    _clean: Tensor
    _levels: Tensor
    _form: Form

    @property
    def levels(self) -> ArrayT:
        """The adversarial images as they are saved, uint8 (B, C, H, W)."""
        levels: ArrayT = self._form.numbers(self._levels.to(torch.uint8))
        return levels

    @property
    def stored_as(self) -> list[StoredAs]:
        """What each of the adversarial images is of the certified perturbation."""
        assert self.certificate.scope is not None
        steps, scales = self.certificate.scope.steps, torch.as_tensor(self.scale).reshape(-1)
        return [StoredAs.of(steps, float(scale), 0.0) for scale in scales]

    @cached_property
    def perturbation(self) -> ArrayT:
        """Adversarial less clean images, (B, C, H, W), in the clean images' type."""
        change: ArrayT = self._form.pictures(self._levels / 255 - self._clean)
        return change

    @cached_property
    def ssim_map(self) -> ArrayT:
        """SSIM in each window, mean over channels, float64 (B, H - 10, W - 10).

        The value at (i, j) belongs to the window centred at pixel (i + 5, j + 5).
        """
        values: ArrayT = self._form.numbers(self.deficits().neg().add(1))
        return values

    def deficits(self) -> Tensor:
        """Return 1 - SSIM in each window, mean over channels, float64 (B, H - 10, W - 10)."""
        return 1 - ssim_map(self._clean, self._levels / 255).mean(1)

    @property
    def size(self) -> tuple[int, int]:
        """(H, W) of the images."""
        height, width = self._clean.shape[-2:]
        return height, width

    def __repr__(self) -> str:
        """Return a summary in one line."""
        count, channels, height, width = self._clean.shape
        ssim = torch.as_tensor(self.ssim).reshape(-1)
        fooled = int(torch.as_tensor(self.success).sum())
        return (
            f"<Result: {fooled} of {count} images of {channels} x {height} x {width} fool the "
            f"network; SSIM {float(ssim.min()):.5f} to {float(ssim.max()):.5f}; "
            f"gap {float(self.certificate.gap.max()):.1e} at most>"
        )
