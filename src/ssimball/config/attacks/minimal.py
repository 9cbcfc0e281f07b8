"""Settings of the attacks that seek a smallest perturbation and so have no budget."""

from typing import Literal

from pydantic import Field

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import Ratio


class DeepFoolConfig(AttackSettings):
    """DeepFool (Moosavi-Dezfooli et al. 2016): to the nearest linearised boundary, in l2."""

    method: Literal["deepfool"] = "deepfool"
    target: None = Field(None, description="None: DeepFool moves to the nearest other class.")
    steps: int = Field(50, ge=1, description="Largest number of linearisations.")
    candidates: int = Field(
        10, ge=2, description="Number of most likely classes whose boundaries are considered."
    )
    overshoot: Ratio = Field(
        0.02, ge=0, description="Share by which a step goes beyond the boundary."
    )


class DdnConfig(AttackSettings):
    """Decoupled direction and norm (Rony et al. 2019): small l2 norm, in few steps."""

    method: Literal["ddn"] = "ddn"
    steps: int = Field(100, ge=1, description="Gradient steps.")
    initial_norm: Ratio = Field(
        1.0, gt=0, description="l2 norm of the first perturbation, image in [0, 1]."
    )
    gamma: Ratio = Field(
        0.05, gt=0, lt=1, description="Relative change of the norm from step to step."
    )


class PenaltySearch(AttackSettings):
    """Search for the constant c, shared by Carlini and Wagner's attack and the elastic net."""

    binary_search_steps: int = Field(9, ge=1, description="Number of values of c to try.")
    steps: int = Field(50, ge=1, description="Gradient steps for each c.")
    step_size: Ratio = Field(0.01, gt=0, description="Step size of the optimiser.")
    initial_const: Ratio = Field(0.001, gt=0, description="First value of c.")
    confidence: float = Field(
        0.0, ge=0, description="Margin by which the image must fool, in logits."
    )


class CarliniWagnerConfig(PenaltySearch):
    """Carlini and Wagner's l2 attack (2017)."""

    method: Literal["carlini_wagner"] = "carlini_wagner"


class EadConfig(PenaltySearch):
    """Elastic-net attack (Chen et al. 2018): squared l2 norm plus beta times the l1 norm."""

    method: Literal["ead"] = "ead"
    beta: Ratio = Field(1e-3, gt=0, description="Weight of the l1 norm.")
    decision_rule: Literal["EN", "L1"] = Field(
        "EN", description="Measure of the smallest perturbation: EN (elastic net) or L1."
    )


class HotColdConfig(AttackSettings):
    """Hot/cold (Rozsa, Rudd, Boult 2016): the smallest step along one direction that fools."""

    method: Literal["hot_cold"] = "hot_cold"
    hot_rank: int = Field(
        1,
        ge=1,
        description="Rank of the hot class without a target; 1: most likely besides the label.",
    )
    max_change: Ratio = Field(
        1.0,
        gt=0,
        le=1,
        description="Largest change of a value to try, before clipping, image in [0, 1].",
    )
    search_steps: int = Field(10, ge=0, description="Bisections after the first step that fools.")


#: Methods that minimise a distance of their own. All other methods use up their budget.
MINIMAL = frozenset(
    {
        *("deepfool", "ddn", "carlini_wagner", "ead", "hot_cold"),
        *("carlini_wagner_ssim", "str_attack"),
    }
)
