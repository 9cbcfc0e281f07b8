"""Stages that draw figures."""

from ssimball.config.across import FiguresConfig
from ssimball.config.stages.base import Names, Seed, Stage, omitted_if_none


class FigureStage(Stage):
    """Figures of attacks.

    Attributes:
        drawn: Names of the figures, without those of single attacks.
        renamed: Attacks that labels call by another name than tables, each with that name.
        ball: Attacks that follow the image's own gradient in the SSIM ball.
        controls: Attacks that are controls.
    """

    drawn: Names
    renamed: tuple[tuple[str, str], ...] = ()
    ball: Names = ()
    controls: Names = ()

    def display_name(self, attack: str) -> str:
        """Return the name by which labels call an attack."""
        return dict(self.renamed).get(attack, attack)

    def group(self, attack: str) -> str:
        """Return the group of an attack, which decides its colour: attack, ball or control."""
        if attack in self.controls:
            return "control"
        return "ball" if attack in self.ball else "attack"


class FiguresStage(FigureStage):
    """The contact sheet of each attack, and one image by all attacks.

    Attributes:
        attacks: Names of the attacks.
        figures: Settings of the contact sheets.
        attacked_cam: Whether adversarial images have class activation maps.
        top: Share of the cells that counts as the top.
        seed: Seed of the run, which chooses the images of the sheets.
    """

    stage_name = "figures"

    attacks: Names
    figures: FiguresConfig
    attacked_cam: bool
    top: float
    seed: Seed


class FigureCausalStage(FigureStage):
    """The figure of curves. The attacks and their order come with the table."""

    stage_name = "figure_causal"

    confidence: float


class FigureRegionTestStage(FigureStage):
    """The figure of the region test.

    Attributes:
        attack: Name of the confined attack.
        confidence: Confidence level of the intervals.
    """

    stage_name = "figure_region_test"

    attack: str
    confidence: float


class FigureEvidenceStage(FigureStage):
    """The figures of the answer.

    Attributes:
        confidence: Confidence level of the intervals.
        directions: The ball's step and its controls that keep a part of the gradient: the part,
            ``own`` for all of it, and the attack. Empty unless the run has them all.
    """

    stage_name = "figure_evidence"

    confidence: float
    directions: tuple[tuple[str, str], ...] = ()


class FigureAttacksStage(FigureStage):
    """The figures of the attack tables.

    Attributes:
        gaps: Each attack with the relative duality gap that it asks for; None for attacks without
            a solver.
        searched: Attacks whose stored images are the smallest perturbations found. There are none
            where all images are brought to one mean SSIM.
    """

    stage_name = "figure_attacks"

    gaps: tuple[tuple[str, float | None], ...]
    searched: Names


class FigureFoolingStage(FigureStage):
    """The figure of the fooling rate against mean SSIM.

    Attributes:
        confidence: Confidence level of the intervals.
        base: Attack of the sensitivity sweep; None where the sweep is off.
        budgets: Factors of the sweep that change how far stored images are from the clean ones;
            None where the sweep is off.
    """

    stage_name = "figure_fooling"

    confidence: float
    base: str | None = omitted_if_none()
    budgets: Names | None = omitted_if_none()
