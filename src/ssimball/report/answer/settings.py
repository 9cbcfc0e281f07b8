"""The settings of the answer, taken from the configuration."""

from ssimball.config.attacks.ball import BallSettings
from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.config.study import StudyConfig
from ssimball.report.answer.findings import OWN


def answer_stage(study: StudyConfig) -> AnswerStage:
    """Return the stage ``answer`` of a run."""
    weights = study.model.weights_file
    return AnswerStage(
        attacks=tuple(_answered(study, name) for name in study.attacks),
        dataset=study.dataset.kind,
        network=study.model.name,
        # The path of a file does not matter.
        weights=study.model.weights if weights is None else weights.suffix,
        comparison=study.comparison,
        confidence=study.statistics.confidence,
    )


def _answered(study: StudyConfig, name: str) -> AnsweredAttack:
    settings = study.attack_settings[name]
    if not isinstance(settings, BallSettings):
        return AnsweredAttack(name=name, is_control=settings.is_control)
    return AnsweredAttack(
        name=name,
        is_control=settings.is_control,
        direction=getattr(settings, "gradient", OWN),
        model=settings.model,
        steps=getattr(settings, "steps", 1),
    )
