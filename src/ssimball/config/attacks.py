"""Settings of each attack method. Every budget is for images in [0, 1]."""

from typing import Annotated, Any, Literal

from pydantic import Field, TypeAdapter, model_validator

from ssimball.config.base import Ratio, Section

Floor = Annotated[Ratio | None, Field(gt=0, lt=1)]
ClassNumber = Annotated[int, Field(ge=0)]


def ssim_promised(model: str, epsilon: float) -> float:
    """Mean SSIM that a ball of this radius stands for."""
    return (1 - epsilon) ** 2 if model == "L" else 1 - epsilon


class AttackSettings(Section):
    """What every attack method can be asked for."""

    method: str
    target: ClassNumber | Literal["least_likely", "random"] | None = Field(
        None,
        description="Class to reach: null (any but the label), least_likely, random or its number.",
    )


class FgsmConfig(AttackSettings):
    """Fast gradient sign method (Goodfellow et al. 2015)."""

    method: Literal["fgsm"] = "fgsm"
    epsilon: Ratio = Field(4 / 255, gt=0, le=1, description="l-infinity budget.")
    mean_ssim_floor: Floor = Field(
        0.99, description="The stored image is scaled back to this mean SSIM; null: not at all."
    )


class PgdConfig(AttackSettings):
    """Projected gradient descent (Madry et al. 2018)."""

    method: Literal["pgd"] = "pgd"
    norm: Literal["linf", "l2"] = Field("linf", description="linf or l2.")
    epsilon: Ratio = Field(4 / 255, gt=0, description="Budget in that norm.")
    steps: int = Field(10, ge=1, description="Gradient steps.")
    relative_step_size: Ratio = Field(0.25, gt=0, description="Step size over epsilon.")
    random_start: bool = Field(True, description="Start at a random point of the ball.")
    mean_ssim_floor: Floor = Field(
        0.99, description="The stored image is scaled back to this mean SSIM; null: not at all."
    )

    @model_validator(mode="after")
    def _check_budget(self) -> "PgdConfig":
        if self.norm == "l2" and "epsilon" not in self.model_fields_set:
            raise ValueError("epsilon: give a budget for norm l2, e.g. 4.0 for 224 x 224 pixels")
        return self


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
    loss: Literal["margin", "cross_entropy"] = Field(
        "margin", description="Loss that is linearised: margin (of the logits) or cross_entropy."
    )

    @property
    def mean_ssim_floor(self) -> float:
        """The stored image is scaled back to this mean SSIM."""
        return ssim_promised(self.model, self.epsilon)


class SsimBallConfig(BallSettings):
    """Linear maximisation over the SSIM ball, repeated by Frank-Wolfe when steps > 1."""

    method: Literal["ssim_ball"] = "ssim_ball"
    epsilon_local: Ratio | None = Field(
        None, gt=0, lt=1, description="Beside Q or S: each term's limit in each window; null: none."
    )
    refreeze: bool = Field(
        False, description="Q only: freeze again until the true constraint is met with equality."
    )
    steps: int = Field(1, ge=1, description="1: one linear step; more: Frank-Wolfe iterations.")
    search: Literal["fixed", "minimal"] = Field(
        "fixed",
        description="fixed: at epsilon; minimal: at the smallest radius up to epsilon that fools.",
    )
    search_steps: int = Field(
        10, ge=1, le=50, description="Radii below epsilon that a minimal search tries."
    )
    gap: float = Field(1e-3, gt=0, lt=1, description="Relative duality gap the solver stops at.")
    max_iterations: int = Field(2000, ge=1, description="The solver gives up here and says so.")
    window: WindowConfig = Field(default_factory=_ssim_window)

    @model_validator(mode="after")
    def _check_model(self) -> "SsimBallConfig":
        if self.refreeze and self.model != "Q":
            raise ValueError(f"refreeze: model {self.model} has nothing frozen; leave it false")
        if self.refreeze and self.steps > 1:
            raise ValueError("refreeze: no convex ball to take several steps in; leave steps at 1")
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


AttackConfig = Annotated[
    FgsmConfig | PgdConfig | SsimBallConfig | SsimBallConicConfig, Field(discriminator="method")
]


def default_attacks() -> dict[str, AttackConfig]:
    """The attacks every run knows by name; a configuration may add to them or change them."""
    return {
        "fgsm": FgsmConfig(),
        # The plain counterpart of one step in the SSIM ball: one step along the gradient.
        "fgm_l2": PgdConfig(
            norm="l2", epsilon=4.0, steps=1, relative_step_size=1.0, random_start=False
        ),
        "pgd_linf": PgdConfig(),
        "pgd_l2": PgdConfig(norm="l2", epsilon=4.0),
        "ssim_ball": SsimBallConfig(),
        "ssim_ball_fw": SsimBallConfig(steps=5),
    }


def attack_settings(raw: dict[str, Any]) -> AttackConfig:
    """Settings as stored in a stage (numbers, no ratios) to their class."""
    adapter: TypeAdapter[AttackConfig] = TypeAdapter(AttackConfig)
    return adapter.validate_python(raw)
