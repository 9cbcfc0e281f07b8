"""The parts of the answer that hold its findings.

docs/answer.md describes their fields.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict


class Part(BaseModel):
    """A part of the answer: fixed, strictly typed, with finite numbers."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True, allow_inf_nan=False)


class Estimate(Part):
    """A mean over images with its interval.

    Attributes:
        value: the mean.
        low: lower end of the interval; None where there is none.
        high: upper end.
    """

    value: float
    low: float | None = None
    high: float | None = None


class Needed(Part):
    """What it would take to decide a test that so few units cannot.

    Attributes:
        attack: the attack that matters most.
        overlap: as in its row.
        images: images with which an effect of this size would be found with probability 0.8; None
            where it cannot be estimated.
    """

    attack: str
    overlap: Estimate
    images: int | None


class Place(Part):
    """For which attacks the distortion lies on the CAM.

    Attributes:
        more: attacks whose distortion lies on the own CAM more than on other images' CAMs.
        less: those for which it lies there less.
        unclear: those without a significant difference.
        undecided: those with too few units for a test.
        unmeasured: those without any value.
        reason: why these have none.
        needed: what it would take, where every test has too few units.
    """

    more: tuple[str, ...] = ()
    less: tuple[str, ...] = ()
    unclear: tuple[str, ...] = ()
    undecided: tuple[str, ...] = ()
    unmeasured: tuple[str, ...] = ()
    reason: str | None = None
    needed: Needed | None = None


class ClassPart(Part):
    """How much of an attack's overlap is about the true class: own CAM minus other classes' CAMs.

    Attributes:
        attack: the attack.
        runner_up: rank correlation of the SSIM deficit with the CAM of the true class minus that
            with the CAM of the most likely other class, on the same image.
        top_ten: the same minus the mean over the CAMs of the next eight classes; None where the
            network has too few classes.
    """

    attack: str
    runner_up: Estimate
    top_ten: Estimate | None


class NetworkOverlap(Part):
    """The overlap of an attack on a network of which layers have random weights.

    Attributes:
        layers: number of its last layers with random weights: ``0`` to ``all``.
        overlap: own CAM minus other images' CAMs.
    """

    layers: str
    overlap: Estimate


class Learned(Part):
    """Whether the overlap is about what the network has learned.

    Attributes:
        attack: the attack.
        networks: the run's own network first.
    """

    attack: str
    networks: tuple[NetworkOverlap, ...]


class Strongest(Part):
    """The attack that lowers the margin most among those that meet the common mean SSIM.

    Attributes:
        attack: its name.
        margin_fall: fall of the margin in logits.
        among: number of attacks that meet the mean SSIM.
        mean_ssim: that mean SSIM.
        ball: the strongest in the SSIM ball, where it is another one.
        ball_fall: fall of its margin.
    """

    attack: str
    margin_fall: float
    among: int
    mean_ssim: float
    ball: str | None = None
    ball_fall: float | None = None


class Variant(Part):
    """The ball's step for the image's own gradient, or for what a control leaves of it.

    Attributes:
        attack: name of the attack or control.
        direction: ``own``, ``permuted_signs``, ``sign_only`` or ``rolled_magnitude``.
        overlap: as in its row.
        fooling_rate: share of the images that fool the network.
    """

    attack: str
    direction: Literal["own", "permuted_signs", "sign_only", "rolled_magnitude"]
    overlap: float | None
    fooling_rate: float


class RegionFall(Part):
    """What noise does in one region of the clean images.

    Attributes:
        region: name of the region, as in region_noise.parquet.
        margin_fall: fall of the margin in logits.
        over_random: the same less that in random cells of the same image; None for these.
    """

    region: str
    margin_fall: Estimate
    over_random: Estimate | None


class ConfinedFall(Part):
    """What an attack does that may change one region only.

    Attributes:
        region: name of the region, as in region_test.parquet.
        margin_fall: fall of the margin in logits.
        over_random: the same less that in random cells of the same image; None for these.
        fooling_rate: share of the images, or of random sets, that fool the network.
        matched_rate: share of them that have the common mean SSIM.
        share_low: certified lower bound on the share of the whole image's optimum, mean.
        share_high: the upper bound.
        spent_inside: share of the allowed distortion that the whole image's step spends in the
            region, mean; None where it was not measured, as the next two.
        least_low: certified lower bound on the least such share of near-optimal perturbations,
            mean.
        least_high: the upper bound.
    """

    region: str
    margin_fall: Estimate
    over_random: Estimate | None
    fooling_rate: float
    matched_rate: float
    share_low: float | None
    share_high: float | None
    spent_inside: float | None
    least_low: float | None
    least_high: float | None


class Confined(Part):
    """An attack confined to regions, at one mean SSIM.

    Attributes:
        attack: name of the attack.
        mean_ssim: the mean SSIM.
        least_share: share of the best linearised loss that near-optimal perturbations reach; None
            where the run does not bound their distortion.
        regions: those that any image has.
    """

    attack: str
    mean_ssim: float
    least_share: float | None
    regions: tuple[ConfinedFall, ...]


class Noise(Part):
    """How sensitive the network is to noise that no attack has chosen.

    Attributes:
        sigma: standard deviation of the noise, image in [0, 1].
        regions: of equal area, except for ``all``.
    """

    sigma: float
    regions: tuple[RegionFall, ...]


class Proof(Part):
    """How close to the best possible the steps in the SSIM ball are proved to be.

    Attributes:
        attacks: attacks in the ball that have a certificate of this model.
        all_of_ball: whether these are all attacks in the ball.
        model: their convex model of the ball: ``Q``, ``S`` or ``L``.
        last_step: whether the certificate of any of them is about the last of several steps.
        gap: largest of their mean relative duality gaps.
        bracket: by how much the bounds on the best in the true SSIM ball differ: the largest of
            1 - lower / upper, with the mean of lower / upper over images; None without brackets.
    """

    attacks: tuple[str, ...]
    all_of_ball: bool
    model: Literal["Q", "S", "L"]
    last_step: bool
    gap: float
    bracket: float | None = None
