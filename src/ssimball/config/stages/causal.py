"""Stages of deletion and insertion curves."""

from typing import Annotated

from ssimball.config.causal import CausalConfig
from ssimball.config.model import ModelConfig
from ssimball.config.stages.base import Seed, Stage, without


class CausalStage(Stage):
    """Deletion and insertion curves of one attack's SSIM deficit.

    Attributes:
        attack: Name of the attack.
        causal: Settings of the curves.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run.
    """

    stage_name = "causal"

    attack: str
    causal: Annotated[CausalConfig, without("enabled")]
    model: ModelConfig
    seed: Seed


class CausalReferencesStage(Stage):
    """Deletion and insertion curves of the CAM and of a random order.

    Attributes:
        causal: Settings of the curves.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run.
    """

    stage_name = "causal_references"

    causal: Annotated[CausalConfig, without("enabled")]
    model: ModelConfig
    seed: Seed
