"""Settings of the controls: perturbations made without (part of) the gradient's information."""

from typing import Literal

from pydantic import Field, model_validator

from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings, Norm
from ssimball.config.base import Ratio


class NoiseConfig(AttackSettings):
    """Random noise, independent of image and network."""

    is_control = True
    budget_key = "epsilon"

    method: Literal["noise"] = "noise"
    kind: Literal["sign", "gaussian"] = Field(
        "sign",
        description="sign: each value changes by plus or minus epsilon; gaussian: normal noise.",
    )
    epsilon: Ratio = Field(
        4 / 255,
        gt=0,
        le=1,
        description="Size of each change, or its standard deviation if gaussian; image in [0, 1].",
    )


class ShuffledStepConfig(AttackSettings):
    """One step along the image's own gradient with its pixels shuffled."""

    is_control = True
    budget_key = "epsilon"

    method: Literal["shuffled_step"] = "shuffled_step"
    norm: Norm = Field("linf", description="Norm of the step: linf (signs of the gradient) or l2.")
    epsilon: Ratio = Field(4 / 255, gt=0, description="Budget in that norm.")

    @model_validator(mode="after")
    def _check_budget(self) -> "ShuffledStepConfig":
        if self.norm == "l2" and "epsilon" not in self.model_fields_set:
            raise ValueError("epsilon: give a budget for norm l2, e.g. 4.0 for 224 x 224 pixels")
        return self


class SsimBallControlConfig(SsimBallConfig):
    """One step in the SSIM ball along a direction other than the image's own gradient."""

    is_control = True

    # The name distinguishes the two classes, so it cannot be a subtype of the parent's.
    method: Literal["ssim_ball_control"] = "ssim_ball_control"  # type: ignore[assignment]
    steps: Literal[1] = Field(1, description="One linear step.")
    gradient: Literal[
        "random", "other_image", "permuted_signs", "sign_only", "rolled_magnitude"
    ] = Field(
        "random",
        description="Direction of the step. random: Gaussian; other_image: gradient of the loss at "
        "the neighbour in the subset, with its label; of the image's own gradient, permuted_signs: "
        "its signs shuffled among pixels; sign_only: its signs alone; rolled_magnitude: its signs "
        "in place, its magnitudes moved by half the image.",
    )

    @property
    def needs_others(self) -> bool:
        """Whether the direction is the gradient of another image."""
        return self.gradient == "other_image"


class CorruptionConfig(AttackSettings):
    """A common corruption (Hendrycks and Dietterich 2019)."""

    is_control = True

    method: Literal["corruption"] = "corruption"
    kind: Literal["blur", "jpeg", "contrast", "haze"] = Field(
        "blur", description="blur (Gaussian), jpeg, contrast (reduced) or haze."
    )
    severity: int = Field(1, ge=1, le=5, description="Strength, 1 to 5, as in ImageNet-C.")
