"""The answer of a run as one object, from which its text, page and JSON are made.

``answer.json`` is this object. docs/answer.md describes its fields.
"""

from typing import Literal

from pydantic import BaseModel, ConfigDict

from ssimball.statistics.primary import Verdict

QUESTION = "Do imperceptible perturbations change what matters for classification?"


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


class Subject(Part):
    """What the run is about.

    Attributes:
        images: number of images.
        correct: number of them that the network classifies correctly; the others are not attacked.
        dataset: kind of the data set.
        network: torchvision's name of the network.
        weights: ``demo``, torchvision's name of the weights, or the extension of their file.
        comparison: mode of the comparison of attacks.
        mean_ssim: mean SSIM of all attacks, where the comparison asks for one.
    """

    images: int
    correct: int
    dataset: Literal["demo", "manifest", "imagenet"]
    network: str
    weights: str
    comparison: Literal["fixed_budget", "matched_quality", "matched_outcome"]
    mean_ssim: float | None


class Inference(Part):
    """What tests and intervals are based on.

    Attributes:
        tests: number of tests, over which Holm's correction is made.
        level: level of the tests; 1 - confidence level of the intervals.
        units: what is independent: ``images`` or ``classes``.
        reason: why these are the units.
    """

    tests: int
    level: float
    units: Literal["images", "classes"]
    reason: str


class AttackRow(Part):
    """The numbers of one attack or control.

    Attributes:
        attack: its name.
        is_control: whether it is a control.
        fooling_rate: share of the attacked images that fool the network.
        mean_ssim: mean SSIM of stored and clean image.
        margin_fall: fall of the margin of the true class, in logits, mean over images.
        overlap: rank correlation of the SSIM deficit with the image's own CAM minus that with other
            images' CAMs.
        verdict: what the test of ``overlap`` says, as in primary.parquet.
        partial: the same difference, of rank correlations given texture and centre.
    """

    attack: str
    is_control: bool
    fooling_rate: float | None
    mean_ssim: float | None
    margin_fall: float | None
    overlap: Estimate | None
    verdict: Verdict
    partial: float | None

    @property
    def significant(self) -> bool:
        """Whether the test says that the overlap is not 0."""
        return self.verdict in (Verdict.ABOVE, Verdict.BELOW)


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
    """How often the ball's step fools with a part of the gradient's information destroyed.

    Attributes:
        attack: name of the control.
        direction: ``permuted_signs``, ``sign_only`` or ``rolled_magnitude``.
        fooling_rate: share of the images that fool the network.
    """

    attack: str
    direction: str
    fooling_rate: float


class Effect(Part):
    """What lowers the margin and what fools.

    Attributes:
        strongest: where attacks are compared at one mean SSIM.
        variants: controls of the ball's step.
    """

    strongest: Strongest | None
    variants: tuple[Variant, ...]


class Proof(Part):
    """How close to the best possible the steps in the SSIM ball are proved to be.

    Attributes:
        attacks: attacks in the ball that have a certificate of this model.
        all_of_ball: whether these are all attacks in the ball.
        model: their convex model of the ball: ``Q``, ``S`` or ``L``.
        last_step: whether the certificate of any of them is about the last of several steps.
        gap: largest of their mean relative duality gaps.
    """

    attacks: tuple[str, ...]
    all_of_ball: bool
    model: Literal["Q", "S", "L"]
    last_step: bool
    gap: float


class Answer(Part):
    """The answer of a run.

    Attributes:
        question: the question of the study.
        subject: what the run is about.
        inference: what tests and intervals are based on.
        attacks: a row per attack, then a row per control.
        place: for which attacks the distortion lies on the CAM.
        class_part: how much of the overlap is about the class, where it was measured.
        learned: the overlap on networks with random weights, where it was measured.
        effect: what lowers the margin and what fools, where there is anything to say.
        proof: what is proved of the steps in the SSIM ball, where there are any.
        cells: height and width of the CAM; None where no image has one.
    """

    question: str = QUESTION
    subject: Subject
    inference: Inference
    attacks: tuple[AttackRow, ...]
    place: Place
    class_part: ClassPart | None = None
    learned: Learned | None = None
    effect: Effect | None = None
    proof: Proof | None = None
    cells: tuple[int, int] | None = None

    def rows(self, *, controls: bool) -> tuple[AttackRow, ...]:
        """Return the rows of the controls, or of the attacks."""
        return tuple(row for row in self.attacks if row.is_control == controls)
