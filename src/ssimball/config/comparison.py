"""How attacks are compared with each other."""

from typing import Any, Literal

from pydantic import Field

from ssimball.config.base import Ratio, Section

#: The settings that each mode uses.
_USED = {
    "fixed_budget": (),
    "matched_quality": ("mean_ssim", "tolerance", "reruns"),
    "matched_outcome": ("search_steps",),
}


class ComparisonConfig(Section):
    """How attacks are compared, always by their stored 8-bit images."""

    mode: Literal["fixed_budget", "matched_quality", "matched_outcome"] = Field(
        "matched_quality",
        description="fixed_budget: each attack with its own budget; matched_quality: all with the "
        "same mean SSIM; matched_outcome: each image with the smallest budget, up to the attack's "
        "own, that fools the network.",
    )
    mean_ssim: Ratio = Field(
        0.99,
        gt=0,
        lt=1,
        description="Matched quality, region test: target for the mean SSIM of stored images.",
    )
    tolerance: float = Field(
        1e-4,
        gt=0,
        lt=1,
        description="Matched quality, region test: largest distance from the target that counts as "
        "matched.",
    )
    reruns: int = Field(
        2,
        ge=0,
        le=10,
        description="Matched quality: further runs of an attack, each with a budget corrected "
        "towards mean_ssim; scaling the perturbation then does the rest.",
    )
    search_steps: int = Field(
        10,
        ge=1,
        le=50,
        description="Matched outcome: number of budgets below the attack's own to try.",
    )

    def used(self) -> dict[str, Any]:
        """Return the mode and the settings that it uses."""
        return {key: getattr(self, key) for key in ("mode", *_USED[self.mode])}
