"""The stage of the networks with random weights."""

from typing import Annotated

from ssimball.config.overlap import OverlapConfig
from ssimball.config.stages.base import StageSettings, without
from ssimball.config.stages.statistics import StatisticsStage


class RandomisedNetwork(StageSettings):
    """A network with random weights.

    Attributes:
        name: Its name; None for the run's own network.
        layers: Number of its last layers with random weights, or ``all``, as text.
    """

    name: str | None
    layers: str


class RandomisedStage(StatisticsStage):
    """Overlap on networks with random weights, image by image and across images.

    Attributes:
        attack: Name of the attack that is measured.
        networks: The run's own network, and the others.
        overlap: Measures and nulls; distortions other than the SSIM deficit are not measured.
    """

    stage_name = "randomised"

    attack: str
    networks: tuple[RandomisedNetwork, ...]
    overlap: Annotated[OverlapConfig, without("distortions")]
