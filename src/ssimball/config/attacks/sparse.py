"""Settings of the attacks that change few pixels or few regions."""

from typing import Literal

from pydantic import Field, model_validator

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import Ratio


class StrAttackConfig(AttackSettings):
    """Structured attack by ADMM (Xu et al. 2019)."""

    method: Literal["str_attack"] = "str_attack"
    window: int = Field(13, ge=1, description="Side of a group of pixels, in pixels.")
    stride: int = Field(
        13, ge=1, description="Distance between groups, in pixels; below window: they overlap."
    )
    gamma: float = Field(2.0, ge=0, description="Weight of the squared l2 norm.")
    tau: float = Field(3.0, ge=0, description="Weight of the sum of the groups' l2 norms.")
    epsilon: Ratio = Field(
        0.5, gt=0, le=1, description="Largest change of a value, image in [0, 1]."
    )
    confidence: float = Field(0.0, ge=0, description="Margin to reach, in logits.")
    rho: float = Field(15.0, gt=0, description="Penalty parameter of ADMM.")
    alpha: float = Field(
        5.0, gt=0, description="Factor of the proximal weight alpha sqrt(k) of step k."
    )
    steps: int = Field(1000, ge=1, description="ADMM steps for each weight of the loss.")
    initial_weight: float = Field(1.0, gt=0, description="First weight c of the loss.")
    search_steps: int = Field(8, ge=1, description="Number of weights of the loss to try.")
    refine_steps: int = Field(
        400, ge=0, description="ADMM steps for each weight when refining; 0: no refining."
    )
    refine_percentile: float = Field(
        3.0,
        ge=0,
        lt=100,
        description="Percentage of the changes, smallest first, that refining undoes.",
    )

    @model_validator(mode="after")
    def _check_cover(self) -> "StrAttackConfig":
        if self.stride > self.window:
            raise ValueError("stride: above window, so some pixels would be in no group")
        return self


class OnePixelConfig(AttackSettings):
    """One or a few pixels, by differential evolution (Su, Vargas, Sakurai 2019)."""

    method: Literal["one_pixel"] = "one_pixel"
    pixels: int = Field(1, ge=1, description="Number of pixels to change.")
    population: int = Field(400, ge=5, description="Candidates per generation.")
    generations: int = Field(100, ge=1, description="Largest number of generations.")
    scale: float = Field(0.5, gt=0, lt=2, description="Factor F of the difference in a mutation.")
    label_probability: float = Field(
        0.05,
        gt=0,
        lt=1,
        description="Untargeted: stop if the label's probability falls below this.",
    )
    target_probability: float = Field(
        0.9, gt=0, lt=1, description="Targeted: stop if the target's probability exceeds this."
    )
