"""The network's output on clean images with noise in one region.

A perturbation that an attack puts into the CAM may lower the margin most there because the network
is sensitive there to any disturbance. Noise that no attack has chosen measures that sensitivity.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from ssimball.causal.cells import pixels_of
from ssimball.causal.judging import NOT_FINITE, verdict
from ssimball.causal.region_maps import StoredMaps, maps_of_image
from ssimball.causal.regions import Region, measured, regions_of
from ssimball.causal.shard import CleanImage, decode, present
from ssimball.config.region_noise import RegionNoiseConfig
from ssimball.runtime.randomness import generator


@dataclass(frozen=True)
class RegionNoise:
    """The network and the settings.

    Attributes:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes). Images go through
            it one by one, so that no result depends on a batch.
        settings: noise and random sets.
        top: share of the cells in a region.
        seed: seed of the run; it decides the noise, random sets and the order of tied cells.
        device: device to compute on.
    """

    model: nn.Module
    settings: RegionNoiseConfig
    top: float
    seed: int
    device: str = "cpu"


@dataclass(frozen=True)
class NoiseOutcome:
    """The network's output on an image with noise in a region.

    Attributes:
        image_id: identifier of the image.
        status: ``ok``, or the reason why the values are None.
        region, draw, cells: see :class:`ssimball.causal.regions.Region`; cells as flat indices.
        margin_fall: margin on the clean image minus that with noise.
        fooled: whether the network predicts another class than the label.
    """

    image_id: str
    status: str
    region: str
    draw: int
    margin_fall: float | None = None
    fooled: bool | None = None
    cells: list[int] | None = None

    def row(self) -> dict[str, Any]:
        """Return the outcome as a row of contracts.region_noise.REGION_NOISE."""
        return dict(vars(self))


def region_noise_shard(
    test: RegionNoise, images: Iterable[CleanImage], maps: StoredMaps
) -> Iterator[NoiseOutcome]:
    """Put noise into each region of the images of a shard.

    Args:
        test: the network and the settings.
        images: the clean images; those that the network misclassifies have no values.
        maps: maps of these images.
    """
    measure = partial(_outcomes, test, maps)
    return measured(images, measure, NoiseOutcome, test.settings.random_sets)


def _outcomes(test: RegionNoise, maps: StoredMaps, image: CleanImage) -> Iterator[NoiseOutcome]:
    name, clean = image.image_id, decode(image.image_id, image.png)
    of_image = maps_of_image(maps, name, test.model, image.label, clean, test.device)
    change = noise(test, name, clean)
    for region in regions_of(of_image, test.top, test.settings.random_sets, test.seed, name):
        yield _outcome(test, image, clean, change, region)


def noise(test: RegionNoise, image_id: str, clean: Tensor) -> Tensor:
    """Return the change that noise makes of a whole image, clipped to [0, 1].

    Every region of the image gets its part of the same noise. It is not rounded to 8 bits.

    Args:
        test: standard deviation and seed.
        image_id: the image, which with the seed decides the noise.
        clean: float64 (C, H, W) in [0, 1].

    Returns:
        float64 (C, H, W).
    """
    drawn = generator(test.seed, image_id, "region noise").standard_normal(tuple(clean.shape))
    return (clean + test.settings.sigma * torch.from_numpy(drawn)).clamp(0, 1) - clean


def _outcome(
    test: RegionNoise, image: CleanImage, clean: Tensor, change: Tensor, region: Region
) -> NoiseOutcome:
    """Classify an image with its noise in one region."""
    if isinstance(region.cells, str):
        return NoiseOutcome(image.image_id, region.cells, region.name, region.draw)
    inside = pixels_of(region.cells, (clean.shape[-2], clean.shape[-1]))
    found = verdict(test.model, clean + change * inside, image.label, test.device)
    if found is None:
        return NoiseOutcome(image.image_id, NOT_FINITE, region.name, region.draw)
    return NoiseOutcome(
        image_id=image.image_id,
        status="ok",
        region=region.name,
        draw=region.draw,
        margin_fall=present(image.image_id, image.margin) - found.margin,
        fooled=found.fooled,
        cells=region.flat,
    )
