"""Settings of the region test."""

from pydantic import Field

from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import Section


class RegionTestConfig(Section):
    """The region test: an attack's step confined to one region of the image at a time."""

    enabled: bool = Field(
        True,
        description="Whether the run includes it. Its regions are those of region_noise, its mean "
        "SSIM is comparison.mean_ssim.",
    )
    attack: str | None = Field(
        None,
        description="The attack to confine: one of attacks, of method ssim_ball with one step, no "
        "target and no relinearising. null: the first such; a run without one has no region test.",
    )
    least_share: float | None = Field(
        0.9,
        gt=0,
        lt=1,
        description="Share of the best linearised loss. How much distortion must perturbations "
        "that reach it spend in the CAM's top cells, and in a random set? In model Q alone. "
        "null: not asked.",
    )


def can_be_confined(settings: AttackSettings) -> bool:
    """Return whether the region test can confine an attack: its step has one certificate."""
    return (
        isinstance(settings, SsimBallConfig)
        and settings.steps == 1
        and settings.target is None
        and not settings.relinearise
    )
