"""A clean image with what every comparison with it needs."""

from dataclasses import dataclass
from functools import cached_property

import torch
from torch import Tensor

from ssimball.ssim.index import ImageStatistics, image_statistics
from ssimball.ssim.luma import luma


@dataclass(frozen=True)
class Reference:
    """A clean image that other images are compared with; its statistics are computed once.

    Attributes:
        image: float64 (3, H, W) or, if grey, (1, H, W), in [0, 1] on the CPU.
    """

    image: Tensor

    @cached_property
    def planes(self) -> Tensor:
        """The channels of the image and its luma, (4, H, W) or (2, H, W)."""
        return torch.cat([self.image, luma(self.image)[None]])

    @cached_property
    def statistics(self) -> ImageStatistics:
        """Statistics of the planes in each window."""
        return image_statistics(self.planes)

    @property
    def statistics_of_channels(self) -> ImageStatistics:
        """Statistics of the channels of the image."""
        return ImageStatistics(self.statistics.mean[:-1], self.statistics.variance[:-1])

    @property
    def statistics_of_luma(self) -> ImageStatistics:
        """Statistics of the luma."""
        return ImageStatistics(self.statistics.mean[-1:], self.statistics.variance[-1:])
