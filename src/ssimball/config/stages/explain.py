"""The stages of one explanation, on clean images and under an attack."""

from ssimball.config.explanation import ExplanationConfig
from ssimball.config.model import ModelConfig
from ssimball.config.stages.base import Seed, Stage, omitted_if_none


class ExplainStage(Stage):
    """One explanation of the clean images of a shard.

    Attributes:
        explanation: Name of the explanation.
        settings: Settings of its method.
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run; None where the method draws no random numbers.
    """

    stage_name = "explain"

    explanation: str
    settings: ExplanationConfig
    model: ModelConfig
    seed: Seed | None = omitted_if_none()


class ClassCamsStage(Stage):
    """CAMs of classes other than the true one, on the clean images of a shard.

    Attributes:
        model: The network, see :class:`ssimball.config.stages.images.CleanStage`.
        seed: Seed of the run, which chooses the random classes.
    """

    stage_name = "class_cams"

    model: ModelConfig
    seed: Seed


class ExplainAttackStage(ExplainStage):
    """One explanation under one attack.

    Attributes:
        attack: Name of the attack.
    """

    stage_name = "explain_attack"

    attack: str
