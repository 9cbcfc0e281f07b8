"""The stage that tells the answer of a run."""

from typing import Annotated, Literal

from pydantic import PlainSerializer

from ssimball.config.comparison import ComparisonConfig
from ssimball.config.dataset import DatasetKind
from ssimball.config.stages.base import Stage, StageSettings


class AnsweredAttack(StageSettings):
    """What the answer says of an attack beside its numbers.

    Attributes:
        name: Its name.
        display_name: Its name in texts.
        is_control: Whether it is a control.
        direction: The direction of its step in the SSIM ball: ``own`` for the image's own gradient,
            or a value of the control's setting ``gradient``; None for an attack without a ball.
        model: Convex model of that ball: Q, S or L; None without a ball.
        steps: Number of its steps in that ball; None without a ball.
    """

    name: str
    display_name: str
    is_control: bool
    direction: str | None = None
    model: Literal["Q", "S", "L"] | None = None
    steps: int | None = None


class AnswerStage(Stage):
    """The answer of a run: as text, as a page and as JSON.

    Attributes:
        attacks: Attacks and controls, in the order of tables and figures.
        dataset: Kind of the data set.
        network: torchvision's name of the network.
        weights: ``demo``, torchvision's name of the weights, or the extension of their file.
        num_classes: Number of classes.
        expected_top1: Share of images that the network is known to classify correctly, or None.
        comparison: How attacks are compared; stored with the keys that its mode uses.
        confidence: Confidence level of the intervals; 1 - level of the tests.
        noise_sigma: Standard deviation of the noise in regions; None where the run has none.
        confined: The attack that the region test confines; None where the run has none.
        confined_mean_ssim: The mean SSIM of the region test, which every mode of comparison has.
        least_share: Share of the best linearised loss whose least distortion inside the CAM is
            bounded; None for none.
        default_ball: Whether an attack in the SSIM ball has the default cap and convex model.
    """

    stage_name = "answer"

    attacks: tuple[AnsweredAttack, ...]
    dataset: DatasetKind
    network: str
    weights: str
    num_classes: int
    expected_top1: float | None = None
    comparison: Annotated[ComparisonConfig, PlainSerializer(ComparisonConfig.used)]
    confidence: float
    noise_sigma: float | None = None
    confined: str | None = None
    confined_mean_ssim: float | None = None
    least_share: float | None = None
    default_ball: bool = False
