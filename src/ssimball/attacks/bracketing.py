"""The bracket of the true SSIM ball around an attack's linear problem, and its recheck."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.comparison import StoredImage
from ssimball.ball.ball import Ball
from ssimball.ball.bracket.bracket import Bracket, bracket
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, lower_side
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings


def bracket_of(image: Tensor, settings: AttackSettings, stored: StoredImage) -> Bracket | None:
    """Return the bracket of the linear problem behind a stored image; None if not asked for.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: of the attack; the stored image may come from another budget.
        stored: the stored image of an attack.
    """
    certificate = stored.result.certificate
    if not isinstance(settings, SsimBallConfig) or not settings.bracket or certificate is None:
        return None
    ball = _true_ball(image.cpu(), settings, stored.budget)
    return bracket(ball, certificate.gradient.cpu())


class BracketRecheck(NamedTuple):
    """A stored bracket, evaluated again.

    Attributes:
        inside: whether the inner point lies in the true ball.
        lower: <gradient, inner point>.
        upper: upper bound on that product over the true ball.
    """

    inside: bool
    lower: float
    upper: float


def recheck_bracket(
    image: Tensor, settings: SsimBallConfig, row: Mapping[str, Any]
) -> BracketRecheck:
    """Evaluate a stored bracket again.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: the attack's settings, from the stage in the file's metadata.
        row: a row of the ``attacks`` contract with a bracket, its tensors as arrays.
    """
    arrays = ("gradient", "bracket_point", "bracket_tangent")
    gradient, point, tangent = (torch.as_tensor(row[key])[None] for key in arrays)
    numbers = [[row["bracket_scale"]], [row["bracket_multiplier"]]]
    scale, multiplier = torch.tensor(numbers, dtype=torch.float64)
    ball = _true_ball(image, settings, row["budget"])
    lower, inside = lower_side(ball, gradient, point, scale)
    upper = UpperSide(Relaxation.of(ball), gradient, tangent).bound(multiplier)
    return BracketRecheck(bool(inside), float(lower), float(upper))


def _true_ball(image: Tensor, settings: SsimBallConfig, budget: float | None) -> Ball:
    """Return the ball of the run in which the stored image was found."""
    assert budget is not None
    return ball_of(image.double()[None], settings.with_budget(budget))
