"""Settings of the attacks that change few pixels or few regions."""

from typing import Literal

from pydantic import Field, model_validator

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import Ratio


class StrAttackConfig(AttackSettings):
    """Structured attack by ADMM (Xu et al. 2019)."""

    method: Literal["str_attack"] = "str_attack"
    window: int = Field(13, ge=1, description="Side of a group of pixels.")
    stride: int = Field(13, ge=1, description="Pixels between groups; less than window: overlap.")
    gamma: float = Field(2.0, ge=0, description="Weight of the squared l2 norm.")
    tau: float = Field(3.0, ge=0, description="Weight of the sum of the groups' l2 norms.")
    epsilon: Ratio = Field(0.5, gt=0, le=1, description="l-infinity cap.")
    confidence: float = Field(0.0, ge=0, description="Margin of the logits to reach.")
    rho: float = Field(15.0, gt=0, description="Penalty parameter of ADMM.")
    alpha: float = Field(5.0, gt=0, description="Step k is linearised with weight alpha sqrt(k).")
    steps: int = Field(1000, ge=1, description="ADMM steps for each weight of the loss.")
    initial_weight: float = Field(1.0, gt=0, description="First weight c of the loss.")
    search_steps: int = Field(8, ge=1, description="Weights of the loss that are tried.")
    refine_steps: int = Field(
        400, ge=0, description="ADMM steps for each weight when refining; 0: do not refine."
    )
    refine_percentile: float = Field(
        3.0, ge=0, lt=100, description="Per cent of the changes, smallest first, undone to refine."
    )

    @model_validator(mode="after")
    def _check_cover(self) -> "StrAttackConfig":
        if self.stride > self.window:
            raise ValueError("stride: above window, so pixels would be in no group")
        return self


class OnePixelConfig(AttackSettings):
    """One pixel or few, by differential evolution (Su, Vargas, Sakurai 2019)."""

    method: Literal["one_pixel"] = "one_pixel"
    pixels: int = Field(1, ge=1, description="Pixels to change.")
    population: int = Field(400, ge=5, description="Candidates in a generation.")
    generations: int = Field(100, ge=1, description="Generations at most.")
    scale: float = Field(0.5, gt=0, lt=2, description="Factor F of the difference in a mutation.")
    label_probability: float = Field(
        0.05, gt=0, lt=1, description="Untargeted: stop when the label's probability is below."
    )
    target_probability: float = Field(
        0.9, gt=0, lt=1, description="Targeted: stop when the target's probability is above."
    )
