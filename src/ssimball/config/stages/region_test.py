"""Stages of the region test."""

from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.model import ModelConfig
from ssimball.config.stages.base import Seed, Stage, omitted_if_none
from ssimball.config.stages.statistics import StatisticsStage


class RegionTestStage(Stage):
    """An attack's step confined to one region of each image after the other.

    Attributes:
        attack: Name of the attack.
        settings: Its settings.
        mean_ssim: The mean SSIM of every judged image.
        tolerance: Largest distance from it that counts as met.
        top: Share of the cells in a region.
        random_sets: Number of random sets of cells.
        least_share: Share of the optimum whose least distortion inside is bounded; None for none.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run.
    """

    stage_name = "region_test"

    attack: str
    settings: SsimBallConfig
    mean_ssim: float
    tolerance: float
    top: float
    random_sets: int
    least_share: float | None = omitted_if_none()
    model: ModelConfig
    seed: Seed


class RegionTestSummaryStage(StatisticsStage):
    """The region test across images."""

    stage_name = "region_test_summary"
