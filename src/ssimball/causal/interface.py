"""The network and the settings that all curves share."""

from dataclasses import dataclass

from torch import nn

from ssimball.config.causal import CausalConfig


@dataclass(frozen=True)
class CausalTest:
    """The network and the settings of deletion and insertion curves.

    Attributes:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes).
        settings: steps of the curves and the content of deleted cells.
        seed: seed of the run; it decides random cells and the order of tied cells.
        batch_size: images that go through the network together. A batch holds versions of one
            image only, so no result depends on other images.
        device: device to compute on.
    """

    model: nn.Module
    settings: CausalConfig
    seed: int
    batch_size: int
    device: str = "cpu"
