"""Stages that draw figures."""

from ssimball.config.across import FiguresConfig
from ssimball.config.stages.base import Names, Seed, Stage, omitted_if_none


class FigureStage(Stage):
    """A figure of attacks.

    Attributes:
        renamed: Attacks that labels call by another name than tables, each with that name.
    """

    renamed: tuple[tuple[str, str], ...] = ()


class FiguresStage(FigureStage):
    """The overview of overlap by attack, and the contact sheets.

    Attributes:
        attacks: Names of the attacks.
        figures: Settings of the contact sheets.
        confidence: Confidence level of the intervals.
        top: Share of the cells that counts as the top.
        seed: Seed of the run, which chooses the images of the sheets.
    """

    stage_name = "figures"

    attacks: Names
    figures: FiguresConfig
    confidence: float
    top: float
    seed: Seed


class FigureCausalStage(FigureStage):
    """The figure of the causal test. The attacks and their order come with the table."""

    stage_name = "figure_causal"

    confidence: float
    top: float


class FigureEvidenceStage(FigureStage):
    """The main figure: overlap against fooling, and what the overlap is about.

    Attributes:
        confidence: Confidence level of the intervals.
        attack: The attack that is shown by class and by network; None where there is none.
    """

    stage_name = "figure_evidence"

    confidence: float
    attack: str | None


class FigurePairedStage(FigureStage):
    """The figure of all pairs of attacks."""

    stage_name = "figure_paired"


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
