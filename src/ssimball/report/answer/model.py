"""The answer of a run as one object, from which its text, page and JSON are made.

``answer.json`` is this object. docs/answer.md describes its fields.
"""

from typing import Literal

from ssimball.config.dataset import DatasetKind
from ssimball.report.answer.parts import (
    ClassPart,
    Confined,
    Estimate,
    Learned,
    Noise,
    Part,
    Place,
    Proof,
    Strongest,
    Variant,
)
from ssimball.statistics.primary import Verdict

QUESTION = "Do imperceptible perturbations change what matters for classification?"


class Subject(Part):
    """What the run is about.

    Attributes:
        images: number of images.
        correct: number of them that the network classifies correctly; the others are not attacked.
        dataset: kind of the data set.
        network: name of the network, as in `model.name`.
        weights: ``demo``, torchvision's name of the weights, or the extension of their file.
        comparison: mode of the comparison of attacks.
        mean_ssim: mean SSIM of all attacks, where the comparison asks for one.
    """

    images: int
    correct: int
    dataset: DatasetKind
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
        display_name: its name in texts, such as ``direction of deepfool``.
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
    display_name: str
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
        strongest: what lowers the margin most, where attacks are compared at one mean SSIM.
        variants: the ball's step, whole and with a part of the gradient destroyed; empty without
            such controls.
        confined: what an attack does that may change one region only, where it was measured.
        noise: what noise without an attack does in regions, where it was measured.
        proof: what is proved of the steps in the SSIM ball, where there are any.
        cells: height and width of the CAM; None where no image has one.
        exact_cam: whether the CAM is exact; otherwise it is Grad-CAM of the last feature maps.
        top1_warning: says that the network classifies implausibly few images correctly, if so.
        default_ball: whether an attack in the ball has the default cap and convex model, which were
            chosen after looking at results.
    """

    question: str = QUESTION
    subject: Subject
    inference: Inference
    attacks: tuple[AttackRow, ...]
    place: Place
    class_part: ClassPart | None = None
    learned: Learned | None = None
    strongest: Strongest | None = None
    variants: tuple[Variant, ...] = ()
    confined: Confined | None = None
    noise: Noise | None = None
    proof: Proof | None = None
    cells: tuple[int, int] | None = None
    exact_cam: bool = True
    top1_warning: str | None = None
    default_ball: bool = False

    def rows(self, *, controls: bool) -> tuple[AttackRow, ...]:
        """Return the rows of the controls, or of the attacks."""
        return tuple(row for row in self.attacks if row.is_control == controls)

    @property
    def names(self) -> dict[str, str]:
        """The names of attacks and controls in texts, by their names in tables."""
        return {row.attack: row.display_name for row in self.attacks}
