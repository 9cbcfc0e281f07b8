"""The region test: an attack's step re-optimised inside one region of the image at a time.

A correlation of distortion and CAM does not show that changes inside the CAM are what fools the
network. Here the step of an SSIM ball attack may change one region only, and is brought to the same
mean SSIM for every region, so that regions compare by how far the margin falls. The optimum of each
region's linear problem is bounded from both sides, so that the share of the whole image's optimum
that a region can reach is certified.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.attacks.interface import loss_gradient
from ssimball.ball.certificate import Certificate
from ssimball.ball.solvers.least_inside import least_inside
from ssimball.causal.cells import pixels_of
from ssimball.causal.confined import ConfinedImage, ConfinedStep, Target
from ssimball.causal.judging import NOT_FINITE, verdict
from ssimball.causal.region_maps import StoredMaps, maps_of_image
from ssimball.causal.regions import Region, measured, regions_of, without_values
from ssimball.causal.shard import CleanImage, decode, present
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.errors import AttackError
from ssimball.runtime.randomness import generator
from ssimball.storage.contracts.region_names import ALL, RANDOM, TOP_CAM
from ssimball.storage.images import to_tensor
from ssimball.storage.status import Status


@dataclass(frozen=True)
class RegionTest:
    """The network and the settings.

    Attributes:
        model: maps images, float (B, C, H, W) in [0, 1], to logits (B, classes). Images go through
            it one by one, so that no result depends on a batch.
        settings: of the attack, one step without a target.
        target: the mean SSIM to reach.
        top: share of the cells in a region.
        random_sets: number of random sets of cells.
        least_share: share of the optimum whose least distortion inside is bounded; None for none.
        seed: seed of the run; it decides random sets, the order of tied cells and the dithering.
        device: device to compute on.
    """

    model: nn.Module
    settings: SsimBallConfig
    target: Target
    top: float
    random_sets: int
    least_share: float | None
    seed: int
    device: str = "cpu"


@dataclass(frozen=True)
class RegionOutcome:
    """The step inside one region of an image, and what the network makes of it.

    Attributes:
        image_id: identifier of the image.
        status: ``ok``, or the reason why the values are None.
        region, draw, cells: see :class:`ssimball.causal.regions.Region`; cells as flat indices.
        primal, dual: bounds on the optimum of the region's problem, from below and from above.
        share_low, share_high: bounds on its share of the whole image's optimum; None where that
            is 0.
        spent_inside: distortion of the whole image's step inside the region, over all that the
            ball allows; None where it is not asked for, as the next two.
        least_low, least_high: bounds on the least such share of perturbations that reach
            ``least_share`` of the optimum.
        epsilon: radius of the ball from which the judged image comes.
        scale: factor by which its perturbation was multiplied before rounding.
        mean_ssim: mean SSIM of the judged image.
        matched: whether that is the target; False where the box leaves too little room.
        margin_fall: margin on the clean image minus that on the judged image.
        fooled: whether the network predicts another class than the label.
    """

    image_id: str
    status: str
    region: str
    draw: int
    primal: float | None = None
    dual: float | None = None
    share_low: float | None = None
    share_high: float | None = None
    spent_inside: float | None = None
    least_low: float | None = None
    least_high: float | None = None
    epsilon: float | None = None
    scale: float | None = None
    mean_ssim: float | None = None
    matched: bool | None = None
    margin_fall: float | None = None
    fooled: bool | None = None
    cells: list[int] | None = None

    def row(self) -> dict[str, Any]:
        """Return the outcome as a row of contracts.region_test.REGION_TEST."""
        return dict(vars(self))


def region_test_shard(
    test: RegionTest, images: Iterable[CleanImage], maps: StoredMaps
) -> Iterator[RegionOutcome]:
    """Confine the step to each region of the images of a shard.

    Args:
        test: the network and the settings.
        images: the clean images; those that the network misclassifies have no values.
        maps: maps of these images.
    """
    return measured(images, partial(_outcomes, test, maps), RegionOutcome, test.random_sets)


def _outcomes(test: RegionTest, maps: StoredMaps, image: CleanImage) -> Iterator[RegionOutcome]:
    name, clean = image.image_id, decode(image.image_id, image.png)
    of_image = maps_of_image(maps, name, test.model, image.label, clean, test.device)
    regions = regions_of(of_image, test.top, test.random_sets, test.seed, name)
    try:
        step = step_of(test, clean, image.label)
    except AttackError as error:
        failed = str(Status.failed(str(error)))
        yield from without_values(RegionOutcome, name, failed, test.random_sets)
        return
    whole = step.best(torch.ones(clean.shape[1:], dtype=torch.bool), test.settings.epsilon)
    for region in regions:
        yield _outcome(test, image, step, whole, region)


def step_of(test: RegionTest, clean: Tensor, label: int) -> ConfinedStep:
    """Return the attack's step on an image, for the gradient that is computed here.

    Args:
        test: the network and the settings.
        clean: float64 (C, H, W) in [0, 1].
        label: the true class.

    Raises:
        AttackError: the gradient is not finite.
    """
    labels = torch.tensor([label], device=test.device)
    inputs = clean[None].to(test.device), labels, test.settings.loss
    return ConfinedStep(clean, loss_gradient(test.model, *inputs)[0].cpu(), test.settings)


def confined(
    test: RegionTest, image_id: str, step: ConfinedStep, region: Region, first: Certificate
) -> ConfinedImage:
    """Return the image of the step inside a region, at the mean SSIM of the test.

    Args:
        test: the settings.
        image_id: the image.
        step: the step on it.
        region: a region that the image has.
        first: the best step inside the region of the attack's own radius.
    """
    rng = generator(test.seed, image_id, "region test", region.name, str(region.draw))
    return step.brought_to(test.target, inside_of(step, region), first, rng)


def inside_of(step: ConfinedStep, region: Region) -> Tensor:
    """Return the pixels of a region that the image has, bool (H, W)."""
    return pixels_of(region.present, (step.clean.shape[-2], step.clean.shape[-1]))


def _outcome(
    test: RegionTest, image: CleanImage, step: ConfinedStep, whole: Certificate, region: Region
) -> RegionOutcome:
    """Confine the step to one region, and classify the image."""
    name = image.image_id
    if isinstance(region.cells, str):
        return RegionOutcome(name, region.cells, region.name, region.draw)
    inside = inside_of(step, region)
    first = whole if region.name == ALL else step.best(inside, test.settings.epsilon)
    found = confined(test, name, step, region, first)
    judged = verdict(test.model, to_tensor(found.image), image.label, test.device)
    if judged is None:
        return RegionOutcome(name, NOT_FINITE, region.name, region.draw)
    return RegionOutcome(
        image_id=name,
        status="ok",
        region=region.name,
        draw=region.draw,
        **_bounds(first, whole),
        **_least(test, step, whole, region, inside),
        epsilon=found.epsilon,
        scale=found.scale,
        mean_ssim=found.mean_ssim,
        matched=found.matched,
        margin_fall=present(name, image.margin) - judged.margin,
        fooled=judged.fooled,
        cells=region.flat,
    )


def _bounds(region: Certificate, whole: Certificate) -> dict[str, float | None]:
    """Return the bounds on a region's optimum, and on its share of that of the whole image."""
    primal, dual = float(region.primal), float(region.dual)
    least, most = float(whole.primal), float(whole.dual)
    positive = least > 0
    return {
        "primal": primal,
        "dual": dual,
        "share_low": primal / most if positive else None,
        # A perturbation of the region is one of the image.
        "share_high": float(np.minimum(dual / least, 1.0)) if positive else None,
    }


def _least(
    test: RegionTest, step: ConfinedStep, whole: Certificate, region: Region, inside: Tensor
) -> dict[str, float]:
    """Bound the least distortion inside the CAM's top cells and inside one random set."""
    asked = (region.name, region.draw) in ((TOP_CAM, 0), (RANDOM, 0))
    ball = step.ball(test.settings.epsilon)
    if test.least_share is None or not (asked and ball.is_quadratic) or float(whole.primal) <= 0:
        return {}
    found = least_inside(ball, whole, inside, test.least_share)
    return {"spent_inside": found.spent, "least_low": found.low, "least_high": found.high}
