"""Stages that summarise tables across images."""

from ssimball.config.across import StatisticsConfig
from ssimball.config.stages.base import Names, Seed, Stage


class CausalSummaryStage(Stage):
    """The causal test across images.

    Attributes:
        attacks: Names of the attacks.
        statistics: Settings of the intervals.
        top: Share of the cells that counts as the top.
        seed: Seed of the run.
    """

    stage_name = "causal_summary"

    attacks: Names
    statistics: StatisticsConfig
    top: float
    seed: Seed


class SummaryStage(CausalSummaryStage):
    """Overlap across images, and the answer in words.

    Attributes:
        controls: Names of the attacks that are controls.
    """

    stage_name = "summary"

    controls: Names


class SensitivityStage(Stage):
    """The sensitivity sweep across images.

    Attributes:
        base: Name of the attack whose settings are changed.
        statistics: Settings of the intervals.
        top: Share of the cells that counts as the top.
        seed: Seed of the run.
    """

    stage_name = "sensitivity"

    base: str
    statistics: StatisticsConfig
    top: float
    seed: Seed
