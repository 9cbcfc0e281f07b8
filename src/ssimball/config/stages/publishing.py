"""Stages that publish a run: the explorer and the list of checksums."""

from ssimball.config.stages.base import Names, Seed, Stage


class ExplorerStage(Stage):
    """The pages of a run for a browser.

    Attributes:
        run: Name of the run.
        attacks: Names of the attacks.
        controls: Names of the attacks that are controls.
        attacked_cam: Whether adversarial images have class activation maps.
        pictures: Number of images, at most, that are shown with pictures.
        texts: Names of the texts: ``answer``, ``causal``, ``sensitivity``.
        figures: Names of the figures, without contact sheets.
        top: Share of the cells that counts as the top.
        amplify: Amplification of the perturbation that is shown.
        confidence: Confidence level of the intervals.
        seed: Seed of the run.
        images: Number of images of the run.
        sources: sha256 of the templates, style sheets and scripts.
    """

    stage_name = "explorer"

    run: str
    attacks: Names
    controls: Names
    attacked_cam: bool
    pictures: int
    texts: Names
    figures: Names
    top: float
    amplify: float
    confidence: float
    seed: Seed
    images: int
    sources: str


class ChecksumsStage(Stage):
    """The list of checksums, which depends on files alone."""

    stage_name = "checksums"
