"""From the result of an attack on an image to the 8-bit image that is stored.

The comparison mode of the run decides which image that is:

- ``fixed_budget``: the attack's own result, with its own budget.
- ``matched_quality``: an image of a common mean SSIM. Attacks with a budget are run again with a
  corrected one; scaling the perturbation and dithering its last grey level do the rest.
- ``matched_outcome``: the image of the smallest budget that still succeeds once stored. For
  attacks without a budget, the perturbation is scaled down instead.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from ssimball.attacks import smallest_budget
from ssimball.attacks.eight_bit import match_8_bit, shrink_to_8_bit
from ssimball.attacks.interface import AttackResult
from ssimball.attacks.rounded_line import RoundedLine
from ssimball.attacks.smallest_budget import SearchSummary, Trial
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.ssim.reference import Reference
from ssimball.ssim.similarity import Similarity

#: Largest factor by which a single correction changes the budget, up or down.
LARGEST_CORRECTION = 16.0


@dataclass(frozen=True)
class ImageAttack:
    """An attack on one image, which can be run again with other settings.

    Attributes:
        clean: the clean image, multiples of 1/255.
        settings: the settings of the first run.
        first_result: the result of the first run.
        run: runs the attack from the beginning with other settings.
        succeeds: whether an 8-bit image (H, W, 3) fools the network.
        rng: draws the thresholds of the dithering.
    """

    clean: Reference
    settings: AttackSettings
    first_result: AttackResult
    run: Callable[[AttackSettings], AttackResult]
    succeeds: Callable[[NDArray[np.uint8]], bool]
    rng: np.random.Generator

    def rerun(self, settings: AttackSettings, neighbour: AttackResult) -> AttackResult:
        """Run the attack with other settings, reusing a neighbouring result if the method can."""
        return neighbour.rerun(0, settings) if neighbour.rerun else self.run(settings)

    def line(self, result: AttackResult) -> RoundedLine:
        """Return the 8-bit images on the line through the perturbed image of a result."""
        return RoundedLine(self.clean, result.adversarial[0])


@dataclass(frozen=True)
class StoredImage:
    """The image that is stored for an attack, and where it comes from.

    Attributes:
        image: uint8 (H, W, 3).
        scale: factor by which the perturbation was multiplied before rounding.
        result: the result of the run that the image comes from.
        budget: the attack's budget in that run; the factor ``scale`` in a search by scaling; None
            if the attack has no budget.
        ssim_condition: the condition on mean SSIM that the image had to meet, such as ``>= 0.99``;
            empty if there was none.
        matched: whether mean SSIM is within the tolerance of its target, in matched quality.
        dithered: share of values that are one level beyond what ``scale`` and rounding give.
        ssim: similarity of R, G and B to the clean image, if it was measured.
        search: the search for the smallest budget, in matched outcome.
    """

    image: NDArray[np.uint8]
    scale: float
    result: AttackResult
    budget: float | None
    ssim_condition: str = ""
    matched: bool | None = None
    dithered: float = 0.0
    ssim: Similarity | None = None
    search: SearchSummary | None = None


def store(comparison: ComparisonConfig, attack: ImageAttack) -> StoredImage:
    """Choose the image to store, as the comparison mode asks."""
    if comparison.mode == "matched_quality":
        return _match_quality(comparison, attack)
    if comparison.mode == "matched_outcome" and not any(attack.first_result.failures):
        return _match_outcome(comparison, attack)
    return _round(attack, attack.settings, attack.first_result)


def _round(attack: ImageAttack, settings: AttackSettings, result: AttackResult) -> StoredImage:
    """Round a result to 8 bits, shrinking the perturbation if mean SSIM would fall below its floor.

    The floor is the mean SSIM that the attack's own constraint guarantees, if it guarantees one.
    """
    floor = settings.mean_ssim_floor
    line = attack.line(result)
    image, scale = shrink_to_8_bit(line, floor)
    condition = "" if floor is None else f">= {floor:.10g}"
    ssim = line.similarity(scale)
    return StoredImage(image, scale, result, settings.budget, condition, ssim=ssim)


def _match_quality(comparison: ComparisonConfig, attack: ImageAttack) -> StoredImage:
    settings, result = attack.settings, attack.first_result
    line = attack.line(result)
    for _ in range(comparison.reruns):
        factor = _budget_correction(comparison, line, settings, result)
        if factor == 1:
            break
        assert settings.budget is not None
        settings = settings.with_budget(settings.budget * factor)
        result = attack.rerun(settings, result)
        line = attack.line(result)
    target, tolerance = comparison.mean_ssim, comparison.tolerance
    found = match_8_bit(line, target, tolerance, attack.rng)
    return StoredImage(
        found.image,
        found.scale,
        result,
        settings.budget,
        f"{target:.10g}",
        matched=abs(found.mean_ssim - target) <= tolerance,
        dithered=found.dithered,
        ssim=found.ssim,
    )


def _budget_correction(
    comparison: ComparisonConfig, line: RoundedLine, settings: AttackSettings, result: AttackResult
) -> float:
    """Return the factor for the budget of the next run; 1 if another run would not help."""
    if settings.budget is None or any(result.failures) or line.is_point:
        return 1.0
    target_deficit = 1 - comparison.mean_ssim
    deficit = line.deficit(1.0)
    if abs(deficit - target_deficit) <= comparison.tolerance:
        return 1.0
    ratio = target_deficit / max(deficit, 1e-12)
    factor = ratio ** (1 / settings.deficit_order)
    return float(np.clip(factor, 1 / LARGEST_CORRECTION, LARGEST_CORRECTION))


def _match_outcome(comparison: ComparisonConfig, attack: ImageAttack) -> StoredImage:
    def attempt(budget: float, larger: Trial[StoredImage] | None) -> Trial[StoredImage]:
        neighbour = None if larger is None else larger.outcome.result
        stored = _with_budget(attack, budget, neighbour)
        return Trial(budget, attack.succeeds(stored.image), stored)

    own_budget = attack.settings.budget
    largest = 1.0 if own_budget is None else own_budget
    trials = smallest_budget.search(attempt, largest, comparison.search_steps)
    best = smallest_budget.best(trials).outcome
    return replace(best, search=smallest_budget.summarise(trials))


def _with_budget(attack: ImageAttack, budget: float, neighbour: AttackResult | None) -> StoredImage:
    """Return the image that a budget gives; ``neighbour`` is the result for a larger budget."""
    if attack.settings.budget is None:
        result = attack.first_result
        return StoredImage(attack.line(result).image(budget), budget, result, budget)
    settings = attack.settings.with_budget(budget)
    if neighbour is None:  # the attack's own budget, as in the first run
        return _round(attack, settings, attack.first_result)
    return _round(attack, settings, attack.rerun(settings, neighbour))
