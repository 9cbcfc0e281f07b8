"""Stages that compare distortions with other maps: these maps, overlap, sensitivity sweep."""

from typing import Annotated

from ssimball.config.overlap import OverlapConfig
from ssimball.config.stages.base import Names, Seed, Stage, StageSettings, without


class ReferencesStage(Stage):
    """Maps of the clean images that distortions are compared with beside the CAM."""

    stage_name = "references"


class SsimStage(Stage):
    """SSIM maps of one attack, and its distortions on the grid of the CAM."""

    stage_name = "ssim"

    attack: str


class _OverlapSettings(Stage):
    """Settings of both overlap tables.

    Attributes:
        attacks: Names of the attacks.
        distortions: The SSIM deficit and the other distortions that are compared.
        explanations: Names of the explanations other than the CAM.
        overlap: Measures and nulls; ``distortions`` stand in the attribute of that name.
        seed: Seed of the run.
    """

    attacks: Names
    distortions: Names
    explanations: Names
    overlap: Annotated[OverlapConfig, without("distortions")]
    seed: Seed


class OverlapStage(_OverlapSettings):
    """Overlap of distortions with explanations and other maps, image by image."""

    stage_name = "overlap"


class SweepLevel(StageSettings):
    """One value of one factor of the sensitivity sweep.

    Attributes:
        factor: The setting that is changed.
        label: Its value in words.
        attack: Name of the attack whose stored images the level measures.
        is_base: Whether this is the run as configured.
        is_control: Whether it is about the control in place of the base attack.
        network: Name of another network; None for the run's own.
        reference: The map that stands for the CAM; ``cam`` for the CAM itself.
        distortion: The distortion that stands for the SSIM deficit; ``deficit`` for itself.
    """

    factor: str
    label: str
    attack: str
    is_base: bool
    is_control: bool
    network: str | None
    reference: str
    distortion: str


class SensitivityOverlapStage(_OverlapSettings):
    """Overlap at every level of the sensitivity sweep.

    Attributes:
        levels: All levels, factor by factor; those of the base attack before those of the control.
    """

    stage_name = "sensitivity_overlap"

    levels: tuple[SweepLevel, ...]
