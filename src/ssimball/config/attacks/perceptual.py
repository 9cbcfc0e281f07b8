"""Settings of the attacks that use SSIM itself rather than a convex model of it."""

from typing import Literal

from pydantic import Field

from ssimball.config.attacks.base import AttackSettings, Loss
from ssimball.config.base import Ratio


class SsimPgdConfig(AttackSettings):
    """Projected gradient ascent under a bound on mean SSIM (after Hameed and Gyorgy 2021)."""

    budget_key = "epsilon"
    deficit_order = 1

    method: Literal["ssim_pgd"] = "ssim_pgd"
    epsilon: Ratio = Field(
        0.01, gt=0, lt=1, description="Bound on the SSIM deficit, 1 - mean SSIM."
    )
    steps: int = Field(20, ge=1, description="Gradient steps.")
    relative_step_size: Ratio = Field(
        2.0, gt=0, description="First step over the ball's radius; steps shrink linearly to 0."
    )
    loss: Loss = Field(
        "margin", description="Loss to increase: margin (of the logits) or cross_entropy."
    )

    @property
    def mean_ssim_floor(self) -> float:
        """Mean SSIM that the bound guarantees."""
        return 1 - self.epsilon


class CarliniWagnerSsimConfig(AttackSettings):
    """Carlini and Wagner (2017) with 1 - mean SSIM as distance (after Jordan et al. 2019)."""

    method: Literal["carlini_wagner_ssim"] = "carlini_wagner_ssim"
    confidence: float = Field(0.0, ge=0, description="Margin to reach, in logits.")
    initial_constant: float = Field(
        1e-3, gt=0, description="First weight of the margin relative to 1 - mean SSIM."
    )
    search_steps: int = Field(
        5, ge=1, description="Number of weights to try: times 10, then bisection."
    )
    steps: int = Field(100, ge=1, description="Adam steps for each weight.")
    learning_rate: float = Field(
        0.03,
        gt=0,
        description="First learning rate of Adam, on the arctanh scale; it falls linearly to 0.",
    )
