"""The registry of attack methods: a method is here what its settings are, and runs by its module.

Every budget is for images in [0, 1].
"""

from typing import Annotated

from pydantic import Field

from ssimball.config.ball_attacks import SsimBallConfig, SsimBallConicConfig
from ssimball.config.gradient_attacks import FgsmConfig, PgdConfig
from ssimball.config.perceptual_attacks import CarliniWagnerSsimConfig, SsimPgdConfig

#: Method m is the function ``attack`` of the module ssimball.attacks.m.
AttackConfig = Annotated[
    FgsmConfig
    | PgdConfig
    | SsimBallConfig
    | SsimBallConicConfig
    | SsimPgdConfig
    | CarliniWagnerSsimConfig,
    Field(discriminator="method"),
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
        "ssim_pgd": SsimPgdConfig(),
        "carlini_wagner_ssim": CarliniWagnerSsimConfig(),
    }


def methods() -> tuple[str, ...]:
    """Names of all methods."""
    union = AttackConfig.__args__[0].__args__
    return tuple(kind.model_fields["method"].default for kind in union)
