"""The smallest budget at which an attack on one image succeeds, as far as trials can tell."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Any, Generic, TypeVar

T = TypeVar("T")

#: What the budget is divided by as long as every trial succeeds, and as long as none does.
DESCENT, RETREAT = 32.0, 4.0


@dataclass(frozen=True)
class Trial(Generic[T]):
    """A budget, whether the attack succeeded with it, and what it found."""

    budget: float
    success: bool
    found: T


def search(
    attempt: Callable[[float, Trial[T] | None], Trial[T]], upper: float, steps: int
) -> list[Trial[T]]:
    """Try ``upper`` and then ``steps`` smaller budgets, by bisection of the logarithm.

    Success need not grow with the budget: rounding to 8 bits and the network see to that, and one
    long step can overshoot. So where ``upper`` fails smaller budgets are tried all the same; after
    the first success each trial lies between the smallest success so far and the largest failure
    below it.

    Args:
        attempt: makes a trial with a budget, given the trial with the nearest larger one, if any.

    Returns:
        All trials in the order they were made.
    """
    trials = [attempt(upper, None)]
    while len(trials) <= steps:
        best, below = smallest(trials), largest_failure(trials)
        if not best.success:
            best = trials[-1]
            budget = best.budget / RETREAT
        else:
            budget = best.budget / DESCENT if below is None else sqrt(best.budget * below.budget)
        trials.append(attempt(budget, best))
    return trials


def smallest(trials: Sequence[Trial[T]]) -> Trial[T]:
    """The success of smallest budget; the first trial where none succeeded."""
    successes = [trial for trial in trials if trial.success]
    return min(successes, key=lambda trial: trial.budget, default=trials[0])


def largest_failure(trials: Sequence[Trial[T]]) -> Trial[T] | None:
    """The failure of largest budget below the smallest success; none without a success."""
    best = smallest(trials)
    if not best.success:
        return None
    below = [trial for trial in trials if not trial.success and trial.budget < best.budget]
    return max(below, key=lambda trial: trial.budget, default=None)


def columns(trials: Sequence[Trial[T]]) -> dict[str, Any]:
    """What the ``attacks`` contract says of the search."""
    best, below = smallest(trials), largest_failure(trials)
    return {
        "smallest_budget": best.budget if best.success else None,
        "budget_below": below and below.budget,
        "trial_budgets": [trial.budget for trial in trials],
        "trial_successes": [trial.success for trial in trials],
    }
