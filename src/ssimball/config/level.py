"""One level of the sensitivity sweep, and its value in words."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import ratio_text
from ssimball.config.comparison import ComparisonConfig

#: A factor that is no setting of the attack: the mean SSIM at which matched quality compares.
MEAN_SSIM = "mean_ssim"


@dataclass(frozen=True)
class Level:
    """One value of one factor of the sweep, for the base attack or for the control.

    Attributes:
        factor: a setting of the base attack, ``mean_ssim``, ``comparison``, ``network``,
            ``explanation``, ``layer`` or ``distortion``.
        label: the value as text.
        attack: name of the attack whose stored images the level uses.
        settings: settings of that attack.
        comparison: how that attack is compared.
        is_base: whether the level is the run as configured.
        is_control: whether the level is about the control.
        network: name of another network; None for the run's own.
        reference: the map that the images are compared with; another explanation than ``cam`` for
            levels that measure the stored images in another way.
        distortion: the distortion that is compared; another than ``deficit`` for levels that
            measure the stored images in another way.
    """

    factor: str
    label: str
    attack: str
    settings: AttackSettings
    comparison: ComparisonConfig
    is_base: bool = False
    is_control: bool = False
    network: str | None = None
    reference: str = "cam"
    distortion: str = "deficit"


def value_text(value: Any) -> str:
    """Return a value of a setting as people write it, short enough for an axis label."""
    if value is None:
        return "none"
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return ratio_text(value)
    if hasattr(value, "model_dump"):
        value = value.model_dump()
    if isinstance(value, Mapping):
        return " ".join(value_text(part) for part in value.values() if part is not None)
    return str(value)
