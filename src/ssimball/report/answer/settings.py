"""The settings of the answer, taken from the configuration."""

from pathlib import Path

from ssimball.config.attacks.ball import BallSettings, SsimBallConfig
from ssimball.config.attacks.names import display_name
from ssimball.config.model import WEIGHT_FILES
from ssimball.config.stages.answer import AnsweredAttack, AnswerStage
from ssimball.config.study import StudyConfig
from ssimball.report.answer.findings import OWN


def answer_stage(study: StudyConfig) -> AnswerStage:
    """Return the stage ``answer`` of a run."""
    name = study.model.weights
    return AnswerStage(
        attacks=tuple(_answered(study, name) for name in study.attacks),
        dataset=study.dataset.kind,
        network=study.model.name,
        # The path of a file does not matter.
        weights=Path(name).suffix if name.endswith(WEIGHT_FILES) else name,
        num_classes=study.model.num_classes,
        expected_top1=None if study.model.is_randomised else study.model.expected_top1,
        comparison=study.comparison,
        confidence=study.statistics.confidence,
        noise_sigma=study.region_noise.sigma if study.region_noise.enabled else None,
        confined=study.confined_attack,
        confined_mean_ssim=study.comparison.mean_ssim if study.confined_attack else None,
        least_share=study.region_test.least_share if study.confined_attack else None,
        default_ball=any(_is_default(study, name) for name in study.attacks),
    )


def _answered(study: StudyConfig, name: str) -> AnsweredAttack:
    settings = study.attack_settings[name]
    shown = display_name(name, settings, study.comparison)
    if not isinstance(settings, BallSettings):
        return AnsweredAttack(name=name, display_name=shown, is_control=settings.is_control)
    return AnsweredAttack(
        name=name,
        display_name=shown,
        is_control=settings.is_control,
        direction=getattr(settings, "gradient", OWN),
        model=settings.model,
        steps=getattr(settings, "steps", 1),
    )


def _is_default(study: StudyConfig, name: str) -> bool:
    """Return whether an attack has the ball's default cap and model."""
    settings, usual = study.attack_settings[name], SsimBallConfig()
    if not isinstance(settings, BallSettings) or settings.is_control:
        return False
    return (settings.model, settings.tau) == (usual.model, usual.tau)
