"""The names of attacks in texts and figures; stored tables keep those of the configuration."""

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.attacks.minimal import MINIMAL
from ssimball.config.comparison import ComparisonConfig


def display_name(name: str, settings: AttackSettings, comparison: ComparisonConfig) -> str:
    """Return the name by which texts call an attack.

    An attack that seeks a smallest perturbation is no longer that attack once its result is scaled
    to a common mean SSIM: only its direction is left.

    Examples:
        >>> from ssimball.config.attacks.minimal import DeepFoolConfig
        >>> display_name("deepfool", DeepFoolConfig(), ComparisonConfig(mode="matched_quality"))
        'direction of deepfool'
        >>> display_name("deepfool", DeepFoolConfig(), ComparisonConfig(mode="matched_outcome"))
        'deepfool'

    Args:
        name: its name in the configuration.
        settings: its settings.
        comparison: how attacks are compared.
    """
    scaled = settings.method in MINIMAL and comparison.mode == "matched_quality"
    return f"direction of {name}" if scaled else name
