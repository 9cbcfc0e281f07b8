"""Settings of the attacks that search a smallest perturbation and so have no budget."""

from typing import Literal

from pydantic import Field

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.base import Ratio


class DeepFoolConfig(AttackSettings):
    """DeepFool (Moosavi-Dezfooli et al. 2016): to the nearest linearised boundary, in l2."""

    method: Literal["deepfool"] = "deepfool"
    target: None = Field(None, description="None: DeepFool moves to the nearest other class.")
    steps: int = Field(50, ge=1, description="Linearisations at most.")
    candidates: int = Field(10, ge=2, description="Most likely classes whose boundary is tried.")
    overshoot: Ratio = Field(0.02, ge=0, description="Share by which the boundary is passed.")


class DdnConfig(AttackSettings):
    """Decoupled direction and norm (Rony et al. 2019): small l2 norm, in few steps."""

    method: Literal["ddn"] = "ddn"
    steps: int = Field(100, ge=1, description="Gradient steps.")
    initial_norm: Ratio = Field(1.0, gt=0, description="l2 norm of the first step.")
    gamma: Ratio = Field(0.05, gt=0, lt=1, description="Change of the norm from step to step.")


class PenaltySearch(AttackSettings):
    """What Carlini and Wagner's attack and the elastic net's share: a search for the constant c."""

    binary_search_steps: int = Field(9, ge=1, description="Values of c that are tried.")
    steps: int = Field(50, ge=1, description="Gradient steps for each c.")
    step_size: Ratio = Field(0.01, gt=0, description="Size of a step.")
    initial_const: Ratio = Field(0.001, gt=0, description="First c.")
    confidence: float = Field(0.0, ge=0, description="Margin of logits by which it must fool.")


class CarliniWagnerConfig(PenaltySearch):
    """Carlini and Wagner's l2 attack (2017)."""

    method: Literal["carlini_wagner"] = "carlini_wagner"


class EadConfig(PenaltySearch):
    """Elastic-net attack (Chen et al. 2018): squared l2 norm plus beta times the l1 norm."""

    method: Literal["ead"] = "ead"
    beta: Ratio = Field(1e-3, gt=0, description="Weight of the l1 norm.")
    decision_rule: Literal["EN", "L1"] = Field(
        "EN", description="Smallest by what is kept: EN (elastic net) or L1."
    )


class HotColdConfig(AttackSettings):
    """Hot/cold (Rozsa, Rudd, Boult 2016): one direction, at the smallest scale that fools."""

    method: Literal["hot_cold"] = "hot_cold"
    hot_rank: int = Field(
        1, ge=1, description="Without target, the hot class: 1 is the likeliest but the label."
    )
    max_change: Ratio = Field(
        1.0, gt=0, le=1, description="Largest change of a pixel (before clipping) that is tried."
    )
    search_steps: int = Field(10, ge=0, description="Bisections after the first scale that fools.")


#: By a distance of their own; those of all other methods are as large as their budget lets them be.
MINIMAL = frozenset(
    {
        *("deepfool", "ddn", "carlini_wagner", "ead", "hot_cold"),
        *("carlini_wagner_ssim", "str_attack"),
    }
)
