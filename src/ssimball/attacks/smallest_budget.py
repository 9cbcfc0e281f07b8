"""The search for the smallest budget at which an attack on one image succeeds."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import sqrt
from typing import Generic, TypeVar

T = TypeVar("T")

#: Factor by which the budget shrinks while every trial so far has succeeded.
DESCENT = 32.0
#: Factor by which the budget shrinks while no trial so far has succeeded.
RETREAT = 4.0


@dataclass(frozen=True)
class Trial(Generic[T]):
    """A run of the attack with one budget: whether it succeeded, and its outcome."""

    budget: float
    success: bool
    outcome: T


@dataclass(frozen=True)
class SearchSummary:
    """What a search found; the fields are columns of the ``attacks`` contract.

    Attributes:
        smallest_budget: smallest budget with success; None if no trial succeeded.
        budget_below: largest budget without success below it; None if there is none.
        trial_budgets: all budgets tried, in order.
        trial_successes: whether each of them succeeded.
    """

    smallest_budget: float | None
    budget_below: float | None
    trial_budgets: list[float]
    trial_successes: list[bool]


def search(
    attempt: Callable[[float, Trial[T] | None], Trial[T]], upper: float, steps: int
) -> list[Trial[T]]:
    """Try ``upper`` and then ``steps`` smaller budgets, by bisection of the logarithm.

    Success need not be monotone in the budget, because of rounding to 8 bits, because the network
    is not monotone, and because one long step can overshoot. So smaller budgets are tried even if
    ``upper`` fails. After the first success, each trial lies between the smallest success so far
    and the largest failure below it.

    Args:
        attempt: makes a trial with a budget, given the trial with the next larger one, if any.
        upper: the largest budget.
        steps: number of smaller budgets to try.

    Returns:
        All trials in the order in which they were made.
    """
    trials = [attempt(upper, None)]
    while len(trials) <= steps:
        larger, below = best(trials), largest_failure(trials)
        if not larger.success:
            larger = trials[-1]
            budget = larger.budget / RETREAT
        elif below is None:
            budget = larger.budget / DESCENT
        else:
            budget = sqrt(larger.budget * below.budget)
        trials.append(attempt(budget, larger))
    return trials


def best(trials: Sequence[Trial[T]]) -> Trial[T]:
    """Return the successful trial of smallest budget; the first trial if none succeeded."""
    successes = [trial for trial in trials if trial.success]
    return min(successes, key=lambda trial: trial.budget, default=trials[0])


def largest_failure(trials: Sequence[Trial[T]]) -> Trial[T] | None:
    """Return the failure of largest budget below the smallest success, if there are both."""
    smallest = best(trials)
    if not smallest.success:
        return None
    below = [trial for trial in trials if not trial.success and trial.budget < smallest.budget]
    return max(below, key=lambda trial: trial.budget, default=None)


def summarise(trials: Sequence[Trial[T]]) -> SearchSummary:
    """Return the numbers of a search that are stored."""
    smallest, below = best(trials), largest_failure(trials)
    return SearchSummary(
        smallest_budget=smallest.budget if smallest.success else None,
        budget_below=None if below is None else below.budget,
        trial_budgets=[trial.budget for trial in trials],
        trial_successes=[trial.success for trial in trials],
    )
