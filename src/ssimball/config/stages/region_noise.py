"""Stages of the noise in regions of clean images."""

from typing import Annotated

from ssimball.config.model import ModelConfig
from ssimball.config.region_noise import RegionNoiseConfig
from ssimball.config.stages.base import Seed, Stage, without
from ssimball.config.stages.statistics import StatisticsStage


class RegionNoiseStage(Stage):
    """The margin of each image with noise in one region of it.

    Attributes:
        region_noise: Noise and random sets.
        top: Share of the cells in a region.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run.
    """

    stage_name = "region_noise"

    region_noise: Annotated[RegionNoiseConfig, without("enabled")]
    top: float
    model: ModelConfig
    seed: Seed


class RegionNoiseSummaryStage(StatisticsStage):
    """Noise in regions across images."""

    stage_name = "region_noise_summary"
