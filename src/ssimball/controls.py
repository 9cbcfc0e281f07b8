"""Which attack methods are controls: they distort as much and know less, see docs/attacks.md."""

from ssimball.config.study import StudyConfig

#: The methods of :mod:`ssimball.config.controls`.
CONTROLS = frozenset({"noise", "shuffled_step", "ssim_ball_control", "corruption"})


def control_names(study: StudyConfig) -> list[str]:
    """Names of the run's attacks that are controls."""
    return [name for name in study.attacks if study.attack_settings[name].method in CONTROLS]
