"""On what terms attacks are compared."""

from typing import Any, Literal

from pydantic import Field

from ssimball.config.base import Ratio, Section

#: What each mode uses of the section.
_USED = {
    "fixed_budget": (),
    "matched_quality": ("mean_ssim", "tolerance", "reruns"),
    "matched_outcome": ("search_steps",),
}


class ComparisonConfig(Section):
    """On what terms attacks are compared; always judged by the stored 8-bit images."""

    mode: Literal["fixed_budget", "matched_quality", "matched_outcome"] = Field(
        "matched_quality",
        description="fixed_budget: each attack's own; matched_quality: all at the same mean SSIM; "
        "matched_outcome: each image at the smallest budget, up to the attack's own, that fools.",
    )
    mean_ssim: Ratio = Field(
        0.99, gt=0, lt=1, description="Matched quality: mean SSIM of the stored images."
    )
    tolerance: float = Field(
        1e-4, gt=0, lt=1, description="Matched quality: how near that counts as matched."
    )
    reruns: int = Field(
        2,
        ge=0,
        le=10,
        description="Matched quality: runs with a budget corrected towards mean_ssim, before what "
        "is left is made good by scaling the perturbation.",
    )
    search_steps: int = Field(
        10, ge=1, le=50, description="Matched outcome: budgets below the attack's own to try."
    )

    def used(self) -> dict[str, Any]:
        """The mode and the settings that it uses."""
        return {key: getattr(self, key) for key in ("mode", *_USED[self.mode])}
