"""Settings of the attacks that take gradient steps inside a norm ball."""

from typing import ClassVar, Literal

from pydantic import Field, model_validator

from ssimball.config.attacks.base import AttackSettings, Loss, Norm
from ssimball.config.base import Ratio


class FgsmConfig(AttackSettings):
    """Fast gradient sign method (Goodfellow et al. 2015)."""

    budget_key = "epsilon"
    norm: ClassVar[Norm] = "linf"
    steps: ClassVar[int] = 1
    relative_step_size: ClassVar[float] = 1.0
    random_start: ClassVar[bool] = False

    method: Literal["fgsm"] = "fgsm"
    epsilon: Ratio = Field(4 / 255, gt=0, le=1, description="l-infinity budget.")


class BimConfig(AttackSettings):
    """Basic iterative method (Kurakin et al. 2017)."""

    budget_key = "epsilon"
    norm: ClassVar[Norm] = "linf"
    random_start: ClassVar[bool] = False

    method: Literal["bim"] = "bim"
    epsilon: Ratio = Field(4 / 255, gt=0, le=1, description="l-infinity budget.")
    steps: int = Field(5, ge=1, description="Gradient steps.")
    relative_step_size: Ratio = Field(0.25, gt=0, description="Step size over epsilon.")


class MiFgsmConfig(AttackSettings):
    """Momentum iterative fast gradient sign method (Dong et al. 2018)."""

    budget_key = "epsilon"

    method: Literal["mi_fgsm"] = "mi_fgsm"
    epsilon: Ratio = Field(4 / 255, gt=0, le=1, description="l-infinity budget.")
    steps: int = Field(10, ge=1, description="Gradient steps, each of size epsilon / steps.")
    decay: Ratio = Field(
        1.0, ge=0, description="Factor of the accumulated gradient in the next step (mu)."
    )
    loss: Loss = Field("cross_entropy", description="Loss to increase: cross_entropy or margin.")


class PgdConfig(AttackSettings):
    """Projected gradient descent (Madry et al. 2018)."""

    budget_key = "epsilon"

    method: Literal["pgd"] = "pgd"
    norm: Norm = Field("linf", description="Norm of the ball: linf or l2.")
    epsilon: Ratio = Field(4 / 255, gt=0, description="Budget in that norm.")
    steps: int = Field(10, ge=1, description="Gradient steps.")
    relative_step_size: Ratio = Field(0.25, gt=0, description="Step size over epsilon.")
    random_start: bool = Field(True, description="Whether to start at a random point of the ball.")

    @model_validator(mode="after")
    def _check_budget(self) -> "PgdConfig":
        if self.norm == "l2" and "epsilon" not in self.model_fields_set:
            raise ValueError("epsilon: give a budget for norm l2, e.g. 4.0 for 224 x 224 pixels")
        return self
