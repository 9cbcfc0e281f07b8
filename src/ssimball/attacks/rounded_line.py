"""The 8-bit images on the line from a clean image through a perturbed one."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.ssim.reference import Reference
from ssimball.ssim.similarity import Similarity, similarity
from ssimball.storage.images import to_8_bit, to_levels


class RoundedLine:
    """The 8-bit images on the line from a clean image through a perturbed one.

    Each of them is measured once.
    """

    def __init__(self, clean: Reference, adversarial: Tensor) -> None:
        """Take the perturbation from the images.

        Args:
            clean: the clean image, (C, H, W). Images of the pipeline are multiples of 1/255; of
                others, rounding changes even the image at factor 0.
            adversarial: float (C, H, W) in [0, 1], on any device.
        """
        self._clean = clean
        self._change = adversarial.double().cpu() - clean.image
        self._measured: dict[float, Similarity] = {}
        # What rounding takes from the clean image, in levels; exactly 0 for multiples of 1/255.
        self._rounded_off: Tensor | None = None
        levels = to_levels(clean.image)
        if not torch.equal(levels / 255, clean.image):
            self._rounded_off = 255 * clean.image - levels
            self._measured[0.0] = self.measure(levels)

    @property
    def is_point(self) -> bool:
        """Whether the two images are equal."""
        return not bool(self._change.any())

    @property
    def deficits(self) -> dict[float, float]:
        """The SSIM deficits measured so far, by factor; at 0 that of rounding, mostly 0."""
        return {0.0: 0.0} | {factor: 1 - ssim.overall for factor, ssim in self._measured.items()}

    def image(self, factor: float) -> NDArray[np.uint8]:
        """Return the image at a multiple of the perturbation, uint8 (H, W, C)."""
        return to_8_bit(self._at(factor))

    def levels(self, factor: float) -> Tensor:
        """Return the grey levels of :meth:`image`, float64 (C, H, W)."""
        return to_levels(self._at(factor))

    def deficit(self, factor: float) -> float:
        """Measure the SSIM deficit, 1 - mean SSIM, of :meth:`image`."""
        if not factor:
            return self.deficits[0.0]
        if factor not in self._measured:
            self._measured[factor] = self.measure(self.levels(factor))
        return 1 - self._measured[factor].overall

    def measure(self, levels: Tensor) -> Similarity:
        """Measure the similarity of an image to the clean one by its grey levels, (C, H, W)."""
        return similarity(self._clean.image, levels / 255, self._clean.statistics_of_channels)

    def similarity(self, factor: float) -> Similarity | None:
        """Return the similarity of :meth:`image` to the clean image if it was measured."""
        return self._measured.get(factor)

    def jumps(self, low: float, high: float, near: float) -> NDArray[np.float64]:
        """Return factors at which values change by a grey level.

        Args:
            low: a factor.
            high: a larger one. Only values whose levels differ between the two count.
            near: of each value, the factor nearest to this one is returned.

        Returns:
            The factors, from ``low`` to ``high``, one for each of these values.
        """
        # A value of level n moves on to its next level where the change is k + 1/2 levels, less
        # what rounding has taken off in its direction.
        moved = self.levels(low) != self.levels(high)
        size = 255 * self._change[moved].abs()
        off = self._rounded_off
        ahead = 0.0 if off is None else off[moved] * self._change[moved].sign()
        whole = (near * size + ahead - 0.5).round().clamp(min=0)
        return ((whole + 0.5 - ahead) / size).clamp(low, high).numpy()

    def _at(self, factor: float) -> Tensor:
        return self._clean.image.add(self._change, alpha=factor)
