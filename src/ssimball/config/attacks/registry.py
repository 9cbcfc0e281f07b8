"""The settings classes of all attack methods, and the attacks that every configuration knows.

All budgets are for images in [0, 1].
"""

from typing import Annotated

from pydantic import Field

from ssimball.config.attacks.ball import SsimBallConfig, SsimBallConicConfig
from ssimball.config.attacks.controls import (
    CorruptionConfig,
    NoiseConfig,
    ShuffledStepConfig,
    SsimBallControlConfig,
)
from ssimball.config.attacks.gradient import BimConfig, FgsmConfig, MiFgsmConfig, PgdConfig
from ssimball.config.attacks.minimal import (
    CarliniWagnerConfig,
    DdnConfig,
    DeepFoolConfig,
    EadConfig,
    HotColdConfig,
)
from ssimball.config.attacks.perceptual import CarliniWagnerSsimConfig, SsimPgdConfig
from ssimball.config.attacks.sparse import OnePixelConfig, StrAttackConfig

#: The settings of any method, distinguished by ``method``. From there,
#: :mod:`ssimball.attacks.registry` leads to the method's code.
AttackConfig = Annotated[
    FgsmConfig
    | BimConfig
    | MiFgsmConfig
    | PgdConfig
    | DeepFoolConfig
    | DdnConfig
    | CarliniWagnerConfig
    | EadConfig
    | HotColdConfig
    | StrAttackConfig
    | OnePixelConfig
    | SsimPgdConfig
    | CarliniWagnerSsimConfig
    | SsimBallConfig
    | SsimBallConicConfig
    | NoiseConfig
    | ShuffledStepConfig
    | SsimBallControlConfig
    | CorruptionConfig,
    Field(discriminator="method"),
]

#: The attacks below that a run uses by default: those that take seconds per image.
USUAL = (
    "fgsm",
    "fgm_l2",
    "pgd_linf",
    "pgd_l2",
    "mi_fgsm",
    "deepfool",
    "ssim_ball",
    "ssim_ball_fw",
    "ball_permuted_signs",
    "ball_sign_only",
    "ball_rolled_magnitude",
    "ball_random_gradient",
    "noise_gaussian",
)


def default_attacks() -> dict[str, AttackConfig]:
    """Return the attacks that every run knows by name, which a configuration can change."""
    return {
        "fgsm": FgsmConfig(),
        # The counterpart of one step in the SSIM ball: one step along the gradient, in l2.
        "fgm_l2": PgdConfig(
            norm="l2", epsilon=4.0, steps=1, relative_step_size=1.0, random_start=False
        ),
        "bim": BimConfig(),
        "pgd_linf": PgdConfig(),
        "pgd_l2": PgdConfig(norm="l2", epsilon=4.0),
        "mi_fgsm": MiFgsmConfig(),
        "deepfool": DeepFoolConfig(),
        "ddn": DdnConfig(),
        "carlini_wagner": CarliniWagnerConfig(),
        "ead": EadConfig(),
        "hot_cold": HotColdConfig(),
        "str_attack": StrAttackConfig(),
        "one_pixel": OnePixelConfig(),
        "few_pixel": OnePixelConfig(pixels=5),
        "ssim_pgd": SsimPgdConfig(),
        "carlini_wagner_ssim": CarliniWagnerSsimConfig(),
        "ssim_ball": SsimBallConfig(),
        "ssim_ball_fw": SsimBallConfig(steps=5),
        "ssim_ball_conic": SsimBallConicConfig(),
        # Controls: perturbations made without (part of) the gradient's information.
        "noise_sign": NoiseConfig(),
        "noise_gaussian": NoiseConfig(kind="gaussian"),
        "ball_random_gradient": SsimBallControlConfig(),
        "ball_other_gradient": SsimBallControlConfig(gradient="other_image"),
        "ball_permuted_signs": SsimBallControlConfig(gradient="permuted_signs"),
        "ball_sign_only": SsimBallControlConfig(gradient="sign_only"),
        "ball_rolled_magnitude": SsimBallControlConfig(gradient="rolled_magnitude"),
        "shuffled_linf": ShuffledStepConfig(),
        "shuffled_l2": ShuffledStepConfig(norm="l2", epsilon=4.0),
        "blur": CorruptionConfig(),
        "jpeg": CorruptionConfig(kind="jpeg"),
        "contrast": CorruptionConfig(kind="contrast"),
        "haze": CorruptionConfig(kind="haze"),
    }


def methods() -> tuple[str, ...]:
    """Return the names of all methods."""
    union = AttackConfig.__args__[0].__args__
    return tuple(kind.model_fields["method"].default for kind in union)
