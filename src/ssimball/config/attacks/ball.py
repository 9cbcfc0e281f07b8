"""Settings of the SSIM ball: its window, its model, and what is done in it."""

from typing import Literal

from pydantic import Field, model_validator

from ssimball.config.attacks.base import AttackSettings, Loss
from ssimball.config.base import Ratio, Section


def ssim_promised(model: str, epsilon: float) -> float:
    """Mean SSIM that a ball of this radius stands for."""
    return (1 - epsilon) ** 2 if model == "L" else 1 - epsilon


class WindowConfig(Section):
    """Where a ball measures similarity; reported SSIM keeps its own window."""

    kind: Literal["uniform", "gaussian"] = Field("uniform", description="uniform or gaussian.")
    size: int = Field(8, ge=2, description="Side of the window in pixels.")
    sigma: float | None = Field(
        None, gt=0, description="Of a gaussian window, in pixels; null: 1.5."
    )
    stride: int = Field(
        4,
        ge=1,
        description="Step between windows; equal to size: disjoint, which is faster, but a poor "
        "stand-in for the SSIM that is reported.",
    )

    @model_validator(mode="after")
    def _check_window(self) -> "WindowConfig":
        if self.kind == "uniform" and self.sigma is not None:
            raise ValueError("sigma: a uniform window has none; leave it null")
        if self.stride > self.size:
            raise ValueError(
                f"stride: {self.stride} leaves pixels between windows of {self.size}; at most size"
            )
        return self


def _ssim_window() -> WindowConfig:
    return WindowConfig(kind="gaussian", size=11, stride=1)


class BallSettings(AttackSettings):
    """The ball, and what is maximised in it."""

    budget_key = "epsilon"
    deficit_order = 1

    model: Literal["Q", "S", "L"] = Field(
        "Q", description="Convex model of the ball: Q (quadratic), S (safe) or L (local)."
    )
    epsilon: Ratio = Field(
        0.01,
        gt=0,
        lt=1,
        description="Radius; the stored image has mean SSIM >= 1 - epsilon. L: of each term in "
        "each window; (1 - epsilon)².",
    )
    tau: Ratio | None = Field(
        8 / 255, gt=0, le=1, description="Cap on each pixel's change; null: none."
    )
    loss: Loss = Field(
        "margin", description="Loss that is linearised: margin (of the logits) or cross_entropy."
    )

    @property
    def mean_ssim_floor(self) -> float:
        """Mean SSIM that the ball stands for."""
        return ssim_promised(self.model, self.epsilon)


class SsimBallConfig(BallSettings):
    """Linear maximisation over the SSIM ball, repeated by Frank-Wolfe when steps > 1."""

    method: Literal["ssim_ball"] = "ssim_ball"
    epsilon_local: Ratio | None = Field(
        None, gt=0, lt=1, description="Beside Q or S: each term's limit in each window; null: none."
    )
    relinearise: bool = Field(
        False, description="Q only: relinearise until the true constraint is met with equality."
    )
    steps: int = Field(1, ge=1, description="1: one linear step; more: Frank-Wolfe iterations.")
    gap: float = Field(
        1e-3,
        gt=0,
        lt=1,
        description="Relative duality gap the solver stops at; of several steps those before the "
        "last stop at 0.01 or here, whichever is larger.",
    )
    max_iterations: int = Field(2000, ge=1, description="The solver gives up here and says so.")
    window: WindowConfig = Field(default_factory=_ssim_window)

    @model_validator(mode="after")
    def _check_model(self) -> "SsimBallConfig":
        if self.relinearise and self.model != "Q":
            raise ValueError(f"relinearise: belongs to model Q, not {self.model}; leave it false")
        if self.relinearise and self.steps > 1:
            raise ValueError(
                "relinearise: needs one step, its ball is not convex; leave steps at 1"
            )
        if self.epsilon_local is not None and self.model == "L":
            raise ValueError("epsilon_local: model L has its radius in epsilon; leave it null")
        return self


class SsimBallConicConfig(BallSettings):
    """Linear maximisation over the SSIM ball by a conic solver, in one step."""

    method: Literal["ssim_ball_conic"] = "ssim_ball_conic"
    steps: Literal[1] = Field(1, description="One linear step.")
    solver: Literal["auto", "mosek", "clarabel", "scs"] = Field(
        "auto", description="auto takes MOSEK where it has a licence, otherwise Clarabel."
    )
    window: WindowConfig = Field(default_factory=WindowConfig)
