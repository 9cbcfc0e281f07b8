"""The options of the attack by name, for type checkers, and their check by the typed settings."""

import difflib
from collections.abc import Mapping
from typing import Any, Literal, TypedDict

import numpy as np
from pydantic import ValidationError

from ssimball.config.attacks.ball import SsimBallConfig, WindowConfig
from ssimball.config.messages import describe
from ssimball.errors import InputError

#: Settings that are no options: there is one method, and targets are given with the images.
_NOT_OPTIONS = ("method", "target")


class WindowOptions(TypedDict, total=False):
    """The windows in which the ball measures similarity; see :class:`WindowConfig`."""

    kind: Literal["uniform", "gaussian"]
    size: int
    sigma: float | None
    stride: int


class BallOptions(TypedDict, total=False):
    """The options of the attack; :class:`SsimBallConfig` has their meaning and defaults."""

    model: Literal["Q", "S", "L"]
    epsilon: float
    tau: float | None
    loss: Literal["margin", "cross_entropy"]
    boundary: Literal["valid", "reflect"]
    window: WindowConfig | WindowOptions
    epsilon_local: float | None
    relinearise: bool
    bracket: bool
    steps: int
    gap: float
    max_iterations: int


def option_names() -> list[str]:
    """Return the names of all options."""
    return [name for name in SsimBallConfig.model_fields if name not in _NOT_OPTIONS]


def settings_of(options: Mapping[str, Any]) -> SsimBallConfig:
    """Return the settings that options stand for.

    Raises:
        InputError: an option is unknown or has an impossible value; the message names the nearest.
    """
    for name in options:
        if name == "target":
            raise InputError("target: give targets=... with the images")
        if name not in option_names():
            near = [known for known in option_names() if known.startswith(name)]
            near = near or difflib.get_close_matches(name, option_names(), 1, 0.5)
            known = f"known: {', '.join(option_names())}"
            raise InputError(
                f"{name}: no such option; {f'did you mean {near[0]}?' if near else known}"
            )
    raw = {key: v.item() if isinstance(v, np.generic) else v for key, v in options.items()}
    try:
        return SsimBallConfig.model_validate(raw)
    except ValidationError as error:
        raise InputError("; ".join(describe(error, raw, SsimBallConfig))) from None


def with_ssim(options: BallOptions, ssim: float | None) -> BallOptions:
    """Return options whose radius keeps mean SSIM at or above a bound.

    Args:
        options: the other options.
        ssim: the bound, between 0 and 1; None leaves the options as they are.

    Raises:
        InputError: the bound is impossible, or the options have a radius of their own.
    """
    if ssim is None:
        return options
    if "epsilon" in options:
        raise InputError("epsilon: ssim = 1 - epsilon is the same bound; give one of the two")
    if isinstance(ssim, str) or np.ndim(ssim) or not 0 < ssim < 1:
        raise InputError(f"ssim: {ssim!r} should be a number between 0 and 1, such as 0.99")
    # Model L bounds both terms of SSIM by epsilon, the other models their sum.
    bound = float(ssim)
    epsilon = 1 - bound**0.5 if options.get("model") == "L" else 1 - bound
    return {**options, "epsilon": epsilon}
