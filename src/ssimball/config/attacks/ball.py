"""Settings of the attacks in the SSIM ball: the ball, its windows, and how to maximise in it."""

from typing import Literal, Self

from pydantic import Field, model_validator

from ssimball.config.attacks.base import AttackSettings, Loss
from ssimball.config.base import Ratio, Section
from ssimball.storage.contracts.attacks import STEP_GAP

Boundary = Literal["valid", "reflect"]


class WindowConfig(Section):
    """The windows in which a ball measures similarity; reported SSIM keeps its own window."""

    kind: Literal["uniform", "gaussian"] = Field("uniform", description="uniform or gaussian.")
    size: int = Field(8, ge=2, le=1000, description="Side of a window in pixels.")
    sigma: float | None = Field(
        None,
        gt=0,
        description="Standard deviation of a Gaussian window, in pixels; null: 1.5.",
    )
    stride: int = Field(
        4,
        ge=1,
        description="Distance between windows in pixels, at most size. If it equals size, windows "
        "are disjoint: faster, but a poor approximation of the SSIM that is reported.",
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
    """The ball, and the loss that is maximised in it."""

    budget_key = "epsilon"
    deficit_order = 1

    model: Literal["Q", "S", "L"] = Field(
        "Q", description="Convex model of the ball: Q (quadratic), S (safe) or L (local)."
    )
    epsilon: Ratio = Field(
        0.01,
        gt=0,
        lt=1,
        description="Radius: the stored image has mean SSIM >= 1 - epsilon. Model L bounds each "
        "term in each window by epsilon; mean SSIM is then >= (1 - epsilon)².",
    )
    tau: Ratio | None = Field(
        8 / 255, gt=0, le=1, description="Largest change of a value, image in [0, 1]; null: no cap."
    )
    loss: Loss = Field(
        "margin",
        description="Loss that is linearised and increased: margin (of the logits) or "
        "cross_entropy.",
    )

    boundary: Boundary = Field(
        "reflect",
        description="valid: windows lie inside the image, so that changes near its border cost "
        "little. reflect: the image continues as its mirror image, and every pixel counts alike; "
        "for windows of odd size at stride 1.",
    )
    window: WindowConfig = Field(default_factory=_ssim_window)

    @model_validator(mode="after")
    def _check_boundary(self) -> "BallSettings":
        size, stride = self.window.size, self.window.stride
        if self.boundary == "reflect" and (size % 2 == 0 or stride > 1):
            raise ValueError(
                "boundary: reflect needs a window of odd size at stride 1, so that every pixel is "
                f"the middle of one, but this window has size {size} and stride {stride}; change "
                "the window, or set boundary to valid"
            )
        return self

    @property
    def mean_ssim_floor(self) -> float:
        """Mean SSIM that the ball stands for."""
        return (1 - self.epsilon) ** 2 if self.model == "L" else 1 - self.epsilon


class SsimBallConfig(BallSettings):
    """Linear maximisation over the SSIM ball, repeated by Frank-Wolfe if steps > 1."""

    method: Literal["ssim_ball"] = "ssim_ball"
    epsilon_local: Ratio | None = Field(
        None,
        gt=0,
        lt=1,
        description="Additional limit on each term in each window, for Q and S; null: none.",
    )
    relinearise: bool = Field(
        False,
        description="Model Q only: relinearise at the solution until the true constraint is met "
        "with equality.",
    )
    bracket: bool = Field(
        False,
        description="Also bound the optimum over the true ball, mean SSIM >= 1 - epsilon, from "
        "both sides, for models Q and S; about a second per image.",
    )
    steps: int = Field(1, ge=1, description="1: one linear step; more: Frank-Wolfe steps.")
    gap: float = Field(
        1e-3,
        gt=0,
        lt=1,
        description="Relative duality gap at which the solver stops. With several steps, those "
        f"before the last stop at {STEP_GAP:g} or at this gap, whichever is larger.",
    )
    max_iterations: int = Field(
        2000,
        ge=1,
        le=1_000_000,
        description="Iterations after which the solver stops with a larger gap.",
    )

    @property
    def image_settings(self) -> Self:
        """The same settings without the bracket."""
        return self.model_copy(update={"bracket": False})

    @model_validator(mode="after")
    def _check_model(self) -> "SsimBallConfig":
        if self.relinearise and self.model != "Q":
            raise ValueError(
                f"relinearise: only model Q is relinearised, not {self.model}; leave it false"
            )
        if self.relinearise and self.steps > 1:
            raise ValueError("relinearise: the relinearised ball is not convex; leave steps at 1")
        if self.epsilon_local is not None and self.model == "L":
            raise ValueError("epsilon_local: the limit of model L is epsilon; leave this null")
        if self.bracket and (self.model == "L" or self.epsilon_local is not None):
            raise ValueError(
                "bracket: it is for a mean constraint alone, model Q or S without epsilon_local; "
                "leave it false"
            )
        return self


class SsimBallConicConfig(BallSettings):
    """Linear maximisation over the SSIM ball by a conic solver, in one step."""

    method: Literal["ssim_ball_conic"] = "ssim_ball_conic"
    steps: Literal[1] = Field(1, description="One linear step.")
    solver: Literal["auto", "mosek", "clarabel", "scs"] = Field(
        "auto", description="auto: MOSEK if it has a licence, otherwise Clarabel."
    )
    boundary: Boundary = Field("valid", description="As for ssim_ball.")
    window: WindowConfig = Field(default_factory=WindowConfig)
