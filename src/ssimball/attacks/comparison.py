"""From what an attack found for an image to the 8-bit image that is stored, on chosen terms.

- ``fixed_budget``: each attack with its own budget.
- ``matched_quality``: each stored image as near to one mean SSIM as 8-bit levels allow. Attacks
  that have a budget are run again with a better one; the rest is scaling of the perturbation.
- ``matched_outcome``: each image with the smallest budget whose stored image succeeds. Attacks
  without a budget have their perturbation scaled down instead.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from ssimball.attacks import smallest_budget
from ssimball.attacks.eight_bit import match_8_bit, shrink_to_8_bit, stored_mean_ssim
from ssimball.attacks.interface import AttackResult
from ssimball.attacks.smallest_budget import Trial
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.storage.images import to_8_bit

#: A run with a corrected budget changes it by this factor at most.
CORRECTION = 16.0


@dataclass(frozen=True)
class OneImage:
    """An attack on one image, that can be run again.

    Attributes:
        clean: float64 (3, H, W), multiples of 1/255.
        settings: what the first run had.
        first: its result.
        rerun: the attack from the beginning with other settings.
        succeeds: whether the network is fooled by an 8-bit image (H, W, 3).
    """

    clean: Tensor
    settings: AttackSettings
    first: AttackResult
    rerun: Callable[[AttackSettings], AttackResult]
    succeeds: Callable[[NDArray[np.uint8]], bool]

    def again(self, settings: AttackSettings, near: AttackResult) -> AttackResult:
        """The attack with other settings, begun from a result nearby where the method can."""
        return near.again(0, settings) if near.again else self.rerun(settings)


@dataclass(frozen=True)
class Stored:
    """What is stored of an attack on an image.

    Attributes:
        image: uint8 (H, W, 3).
        scale: factor that the perturbation was multiplied with before rounding.
        settings, result: of the run that it comes from.
        columns: further columns of the ``attacks`` contract.
        kept: the mean SSIM that was to be kept, in words; empty where there was none.
    """

    image: NDArray[np.uint8]
    scale: float
    settings: AttackSettings
    result: AttackResult
    columns: Mapping[str, Any]
    kept: str = ""


def store(terms: ComparisonConfig, one: OneImage) -> Stored:
    """The stored image on the terms of the run."""
    if terms.mode == "matched_quality":
        return _matched_quality(terms, one)
    if terms.mode == "matched_outcome" and not any(one.first.failures):
        return _matched_outcome(terms, one)
    return _as_found(one, one.settings, one.first)


def _as_found(one: OneImage, settings: AttackSettings, result: AttackResult) -> Stored:
    floor = settings.mean_ssim_floor
    image, scale = shrink_to_8_bit(one.clean, result.adversarial[0], floor)
    kept = "" if floor is None else f">= {floor:.10g}"
    return Stored(image, scale, settings, result, {"budget": settings.budget}, kept)


def _matched_quality(terms: ComparisonConfig, one: OneImage) -> Stored:
    settings, result = one.settings, one.first
    for _ in range(terms.reruns):
        factor = _correction(terms, one.clean, settings, result)
        if factor == 1:
            break
        assert settings.budget is not None
        settings = settings.with_budget(settings.budget * factor)
        result = one.again(settings, result)
    image, scale, reached = match_8_bit(
        one.clean, result.adversarial[0], terms.mean_ssim, terms.tolerance
    )
    matched = abs(reached - terms.mean_ssim) <= terms.tolerance
    columns = {"budget": settings.budget, "matched": matched}
    return Stored(image, scale, settings, result, columns, f"{terms.mean_ssim:.10g}")


def _correction(
    terms: ComparisonConfig, clean: Tensor, settings: AttackSettings, result: AttackResult
) -> float:
    """What to multiply the budget with; 1 where that is no use."""
    if settings.budget is None or any(result.failures):
        return 1.0
    adversarial = result.adversarial[0]
    if not bool((adversarial != clean.to(adversarial.dtype)).any()):
        return 1.0
    wanted = 1 - terms.mean_ssim
    deficit = 1 - stored_mean_ssim(clean, to_8_bit(adversarial))
    if abs(deficit - wanted) <= terms.tolerance:
        return 1.0
    ratio = wanted / max(deficit, 1e-12)
    factor: float = np.clip(ratio ** (1 / settings.deficit_order), 1 / CORRECTION, CORRECTION)
    return float(factor)


def _matched_outcome(terms: ComparisonConfig, one: OneImage) -> Stored:
    def attempt(budget: float, larger: Trial[Stored] | None) -> Trial[Stored]:
        stored = _with_budget(one, budget, None if larger is None else larger.found.result)
        return Trial(budget, one.succeeds(stored.image), stored)

    own = one.settings.budget
    trials = smallest_budget.search(attempt, 1.0 if own is None else own, terms.search_steps)
    best = smallest_budget.smallest(trials).found
    return replace(best, columns={**best.columns, **smallest_budget.columns(trials)})


def _with_budget(one: OneImage, budget: float, near: AttackResult | None) -> Stored:
    if one.settings.budget is None:
        change = one.first.adversarial[0].double() - one.clean
        image = to_8_bit(one.clean + budget * change)
        return Stored(image, budget, one.settings, one.first, {"budget": budget})
    settings = one.settings.with_budget(budget)
    result = one.first if near is None else one.again(settings, near)
    return _as_found(one, settings, result)
