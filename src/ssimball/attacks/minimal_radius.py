"""The smallest radius at which an attack on one image succeeds, as far as trials can tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Generic, TypeVar

from torch import Tensor, nn

from ssimball.attacks.interface import finite_logits, succeeded
from ssimball.preprocessing import to_tensor
from ssimball.storing import shrink_to_8_bit

T = TypeVar("T")

#: What the radius is divided by as long as every trial succeeds, and as long as none does.
DESCENT, RETREAT = 32.0, 4.0


@dataclass(frozen=True)
class Trial(Generic[T]):
    """A radius, whether the attack succeeded there, and what it found."""

    radius: float
    success: bool
    found: T


def search(
    attempt: Callable[[float, Trial[T] | None], Trial[T]], upper: float, steps: int
) -> list[Trial[T]]:
    """Try ``upper`` and then ``steps`` smaller radii, by bisection of the logarithm.

    Success need not grow with the radius: rounding to 8 bits and the network see to that, and one
    long step can overshoot. So where ``upper`` fails smaller radii are tried all the same; after
    the first success each trial lies between the smallest success so far and the largest failure
    below it.

    Args:
        attempt: makes a trial at a radius, given the trial at the nearest larger radius, if any.

    Returns:
        All trials in the order they were made.
    """
    trials = [attempt(upper, None)]
    while len(trials) <= steps:
        best, below = smallest(trials), largest_failure(trials)
        if not best.success:
            best = trials[-1]
            radius = best.radius / RETREAT
        else:
            radius = best.radius / DESCENT if below is None else sqrt(best.radius * below.radius)
        trials.append(attempt(radius, best))
    return trials


def stored_succeeds(
    model: nn.Module,
    clean: Tensor,
    adversarial: Tensor,
    floor: float,
    *,
    label: int,
    target: int | None,
) -> bool:
    """Whether the attack succeeds with the image that would be stored.

    Args:
        clean, adversarial: float (C, H, W) in [0, 1].
        floor: mean SSIM that the stored image must keep.
        label, target: class of the image, and the class to reach, None for any other.

    Raises:
        AttackError: the network's answer is not finite.
    """
    image, _ = shrink_to_8_bit(clean, adversarial, floor)
    stored = to_tensor(image).to(adversarial.device)
    return succeeded(int(finite_logits(model, stored[None]).argmax(1)), label, target)


def smallest(trials: Sequence[Trial[T]]) -> Trial[T]:
    """The success of smallest radius; the first trial where none succeeded."""
    successes = [trial for trial in trials if trial.success]
    return min(successes, key=lambda trial: trial.radius, default=trials[0])


def largest_failure(trials: Sequence[Trial[T]]) -> Trial[T] | None:
    """The failure of largest radius below the smallest success; none without a success."""
    best = smallest(trials)
    if not best.success:
        return None
    below = [trial for trial in trials if not trial.success and trial.radius < best.radius]
    return max(below, key=lambda trial: trial.radius, default=None)


def columns(trials: Sequence[Trial[T]]) -> dict[str, Any]:
    """What the ``attacks`` contract says of the search."""
    best, below = smallest(trials), largest_failure(trials)
    return {
        "radius": best.radius if best.success else None,
        "radius_below": below and below.radius,
        "trial_radii": [trial.radius for trial in trials],
        "trial_successes": [trial.success for trial in trials],
    }
