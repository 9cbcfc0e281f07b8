"""The smallest radius at which the linearised margin turns, beside the smallest that fools."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ssimball.attacks.ball_settings import ball_of, stored_point
from ssimball.attacks.comparison import StoredImage
from ssimball.ball.certificate import Certificate
from ssimball.ball.solvers.smallest_radius import RadiusBracket, smallest_radius
from ssimball.ball.stopping import Stopped
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings


@dataclass(frozen=True)
class LinearRadius:
    """The smallest radius of model Q at which the margin, linearised at the clean image, is 0.

    Attributes:
        margin: of the label on the clean image, over the largest magnitude of its gradient.
        bracket: of the radius; None if no perturbation in the box turns the linearised margin.
    """

    margin: float
    bracket: RadiusBracket | None


def has_linear_radius(settings: AttackSettings) -> bool:
    """Return whether a linear radius belongs to an attack that seeks a smallest budget.

    It has to step in model Q alone against the image's own margin, without a target.
    """
    return (
        isinstance(settings, SsimBallConfig)
        and settings.method == "ssim_ball"
        and settings.model == "Q"
        and settings.epsilon_local is None
        and not settings.relinearise
        and settings.loss == "margin"
        and settings.target is None
    )


def linear_radius_of(
    image: Tensor, settings: AttackSettings, stored: StoredImage
) -> LinearRadius | None:
    """Return the linear radius beside a smallest budget; None where there is none.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: of the attack; the stored image may come from another budget.
        stored: the stored image of an attack.
    """
    first = stored.result.first
    if stored.search is None or first is None or not has_linear_radius(settings):
        return None
    largest = float(first.largest)
    if largest == 0:
        return None
    margin = -float(first.loss) / largest
    start = first.certificate
    return LinearRadius(margin, radius_from(image, settings, stored.budget, start, margin))


def radius_from(
    image: Tensor,
    settings: AttackSettings,
    budget: float | None,
    start: Certificate,
    margin: float,
) -> RadiusBracket | None:
    """Return the bracket of a linear radius; None if no perturbation turns the margin.

    It is computed on the CPU.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: of the attack, for which :func:`has_linear_radius` holds.
        budget: radius of the ball that ``start`` belongs to.
        start: certificate of the linear problem at the clean image.
        margin: as in :class:`LinearRadius`.
    """
    assert isinstance(settings, SsimBallConfig) and budget is not None
    ball = ball_of(image.cpu().double()[None], settings.with_budget(budget))
    return smallest_radius(ball, start.cpu(), margin)


def recheck_radius(
    image: Tensor, settings: SsimBallConfig, row: Mapping[str, Any]
) -> RadiusBracket | None:
    """Return the bracket that follows from a stored row of a single step.

    Args:
        image: the clean image, (C, H, W) in [0, 1].
        settings: the attack's settings, from the stage in the file's metadata.
        row: a row of the ``attacks`` contract with a linear_margin, its tensors as arrays.
    """
    _, point = stored_point(image, settings, row)
    start = point.certificate(torch.tensor([row["iterations"]]), [Stopped(row["stopped"])])
    return radius_from(image, settings, row["budget"], start, row["linear_margin"])
