"""Stages that summarise tables across images."""

from typing import Annotated

from pydantic import PlainSerializer

from ssimball.config.across import StatisticsConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.stages.base import Names, Seed, Stage


class StatisticsStage(Stage):
    """What all statistics across images depend on.

    Attributes:
        statistics: Settings of intervals and units.
        num_classes: Number of the network's classes.
        top: Share of the cells that counts as the top.
        seed: Seed of the run.
    """

    statistics: StatisticsConfig
    num_classes: int
    top: float
    seed: Seed


class CausalSummaryStage(StatisticsStage):
    """Deletion and insertion curves across images.

    Attributes:
        attacks: Names of the attacks.
    """

    stage_name = "causal_summary"

    attacks: Names


class SummaryStage(CausalSummaryStage):
    """Overlap across images.

    Attributes:
        controls: Names of the attacks that are controls.
        minimal: Names of the attacks that seek a smallest perturbation.
        display_names: Names of all attacks in texts, in the order of ``attacks``.
        comparison: How attacks are compared; stored with the keys that its mode uses.
    """

    stage_name = "summary"

    controls: Names
    minimal: Names
    display_names: Names
    comparison: Annotated[ComparisonConfig, PlainSerializer(ComparisonConfig.used)]


class SensitivityStage(StatisticsStage):
    """The sensitivity sweep across images.

    Attributes:
        budgets: Factors that change how far images are from the clean ones.
    """

    stage_name = "sensitivity"

    budgets: Names
