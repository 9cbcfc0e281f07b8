"""The bracket of the true SSIM ball around an attack's linear problem, and its recheck."""

from collections.abc import Mapping
from typing import Any, NamedTuple

import torch
from torch import Tensor

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.comparison import StoredImage
from ssimball.ball.bracket.bracket import Bracket, bracket
from ssimball.ball.bracket.relaxation import Relaxation
from ssimball.ball.bracket.sides import UpperSide, lower_side
from ssimball.ball.certificate import Certificate
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings


def bracket_of(image: Tensor, settings: AttackSettings, stored: StoredImage) -> Bracket | None:
    """Return the bracket of the linear problem behind a stored image; None if not asked for.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: of the attack; the stored image may come from another budget.
        stored: the stored image of an attack.
    """
    certificate, budget = stored.result.certificate, stored.budget
    if not isinstance(settings, SsimBallConfig) or certificate is None or budget is None:
        return None
    return bracket_of_step(image[None], settings.with_budget(budget), certificate)


def bracket_of_step(
    images: Tensor, settings: SsimBallConfig, certificate: Certificate
) -> Bracket | None:
    """Return the brackets of the linear problems that were solved; None if not asked for.

    Args:
        images: clean images (B, C, H, W) in [0, 1].
        settings: with the radius of these problems.
        certificate: of their solutions.
    """
    if not settings.bracket:
        return None
    return bracket(ball_of(images.cpu().double(), settings), certificate.gradient.cpu())


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
    # The comparison of attacks may have chosen another radius than the settings.
    ball = ball_of(image.double()[None], settings.with_budget(row["budget"]))
    lower, inside = lower_side(ball, gradient, point, scale)
    upper = UpperSide(Relaxation.of(ball), gradient, tangent).bound(multiplier)
    return BracketRecheck(bool(inside), float(lower), float(upper))
