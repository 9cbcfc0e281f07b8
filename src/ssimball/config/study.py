"""The whole configuration of a run: its sections, checks across sections, and loading."""

import re
from typing import Any

from pydantic import Field, ValidationError, model_validator

from ssimball.config.across import FiguresConfig, ReportConfig, StatisticsConfig
from ssimball.config.attacks.registry import USUAL, AttackConfig, default_attacks
from ssimball.config.base import NAME, Section
from ssimball.config.causal import CausalConfig
from ssimball.config.claims import Claim
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.dataset import (
    DEMO_CLASSES,
    FOOLBOX_PHOTOGRAPHS,
    IMAGENET_CLASSES,
    DatasetConfig,
    SubsetConfig,
)
from ssimball.config.execution import ExecutionConfig
from ssimball.config.explanation import USUAL as USUAL_EXPLANATIONS
from ssimball.config.explanation import ExplanationConfig, default_explanations
from ssimball.config.messages import describe, suggestion
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.overlap import OverlapConfig, check_reference
from ssimball.config.randomised import RandomisedConfig
from ssimball.config.region_noise import RegionNoiseConfig
from ssimball.config.region_test import RegionTestConfig, can_be_confined
from ssimball.config.sensitivity import SensitivityConfig
from ssimball.errors import ConfigError
from ssimball.storage.contracts.region_names import REGIONS


class StudyConfig(Section):
    """A run: all settings that decide its results, and how it is executed."""

    run: str = Field(
        "scenes",
        pattern=NAME,
        description="Name of the run; its results go to results/<run>/.",
    )
    seed: int = Field(
        0, ge=0, description="Seed of all random numbers except those of the generated scenes."
    )
    dataset: DatasetConfig = Field(default_factory=DatasetConfig)
    subset: SubsetConfig = Field(default_factory=SubsetConfig)
    preprocessing: PreprocessingConfig = Field(default_factory=PreprocessingConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    attacks: list[str] = Field(
        default=list(USUAL),
        min_length=1,
        description="The attacks and controls to run, as names from attack_settings, in the order "
        "of tables and figures.",
    )
    attack_settings: dict[str, AttackConfig] = Field(
        default_factory=default_attacks,
        description="Settings of attacks under names of your choice; method selects the algorithm.",
    )
    comparison: ComparisonConfig = Field(default_factory=ComparisonConfig)
    explanations: list[str] = Field(
        default=list(USUAL_EXPLANATIONS),
        description="The explanations to compute on clean images, as names from "
        "explanation_settings; must include cam.",
    )
    attacked_explanations: list[str] = Field(
        default=["cam"],
        description="Those of explanations to compute on the adversarial images of every attack "
        "as well.",
    )
    explanation_settings: dict[str, ExplanationConfig] = Field(
        default_factory=default_explanations,
        description="Settings of explanations under names of your choice; method selects the "
        "algorithm.",
    )
    overlap: OverlapConfig = Field(default_factory=OverlapConfig)
    causal: CausalConfig = Field(default_factory=CausalConfig)
    region_noise: RegionNoiseConfig = Field(default_factory=RegionNoiseConfig)
    region_test: RegionTestConfig = Field(default_factory=RegionTestConfig)
    randomised: RandomisedConfig = Field(default_factory=RandomisedConfig)
    sensitivity: SensitivityConfig = Field(default_factory=SensitivityConfig)
    statistics: StatisticsConfig = Field(default_factory=StatisticsConfig)
    figures: FiguresConfig = Field(default_factory=FiguresConfig)
    report: ReportConfig = Field(default_factory=ReportConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)
    claims: list[Claim] = Field(
        default=[],
        description="Claims, fixed before the run, that `ssimball confirm` tests on it; "
        "see config/confirmation.yaml.",
    )

    @property
    def controls(self) -> list[str]:
        """Names of the run's attacks that are controls, in the order of ``attacks``."""
        return [name for name in self.attacks if self.attack_settings[name].is_control]

    @property
    def confined_attack(self) -> str | None:
        """The attack that the region test confines; None where there is no such test."""
        if not self.region_test.enabled:
            return None
        fit = (name for name in self.attacks if can_be_confined(self.attack_settings[name]))
        return self.region_test.attack or next(fit, None)

    @model_validator(mode="after")
    def _check_across_sections(self) -> "StudyConfig":
        _check_names(self, "attacks", "attack_settings")
        _check_targets(self)
        _check_explanations(self)
        _check_randomised(self)
        _check_region_test(self)
        _check_claims(self)
        _check_dataset(self)
        if self.model.shipped_file is not None and self.model.sha256 is not None:
            raise ValueError(
                f"model.sha256: the weights {self.model.weights!r} are part of the package; set "
                "this key to null"
            )
        resize, crop = self.preprocessing.resize, self.preprocessing.crop
        if resize is not None and resize < crop:
            raise ValueError(
                f"preprocessing.resize: {resize} is smaller than the crop of {crop}; raise it, or "
                "lower preprocessing.crop"
            )
        return self


def load_study(raw: dict[str, Any]) -> StudyConfig:
    """Validate a configuration.

    Args:
        raw: nested mapping as read from YAML, with overlays already merged in. Missing keys get
            their defaults.

    Returns:
        The validated configuration.

    Raises:
        ConfigError: at least one key is wrong. The message names each of them, what is wrong, and
            the nearest valid key.

    Examples:
        >>> study = load_study({"seed": 3, "subset": {"images": "all"}})
        >>> study.seed, study.subset.images, study.preprocessing.crop
        (3, 'all', 224)
    """
    try:
        return StudyConfig.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in describe(error, raw, StudyConfig))
        raise ConfigError(f"the configuration is not valid:\n{lines}") from None


def effective(study: StudyConfig) -> dict[str, Any]:
    """Return the configuration with every default filled in, as plain JSON types.

    Examples:
        >>> effective(load_study({"seed": 3}))["subset"]
        {'images': 50}
    """
    return study.model_dump(mode="json")


def _check_names(study: StudyConfig, key: str, entries_key: str) -> None:
    """Check that the names under a key are distinct entries of another key, fit for file names."""
    names, entries = getattr(study, key), getattr(study, entries_key)
    for name in names:
        if name not in entries:
            hint = suggestion(name, sorted(entries))
            raise ValueError(f"{key}: {name!r} has no entry in {entries_key}; {hint}")
        if not re.fullmatch("[A-Za-z0-9_-]{1,100}", name):
            raise ValueError(
                f"{entries_key}: {name!r} becomes a file name; use at most 100 letters A to Z, "
                "digits, _ and -"
            )
        if names.count(name) > 1:
            raise ValueError(f"{key}: {name!r} is listed twice; remove one")


def _check_explanations(study: StudyConfig) -> None:
    _check_names(study, "explanations", "explanation_settings")
    if "cam" not in study.explanations:
        raise ValueError("explanations: cam is missing; add it, since overlap is measured with it")
    _check_names(study, "attacked_explanations", "explanations")
    for name in study.explanations:
        check_reference(name)
    if study.explanation_settings["cam"].method != "cam":
        raise ValueError(
            "explanation_settings.cam: this entry must have method cam; give another method an "
            "entry of another name"
        )


def _check_randomised(study: StudyConfig) -> None:
    settings = study.randomised
    if settings.attack is not None and settings.attack not in study.attacks:
        hint = suggestion(settings.attack, study.attacks)
        raise ValueError(
            f"randomised.attack: {settings.attack!r} is not among the run's attacks; {hint}"
        )
    for layers in settings.layers:
        if settings.layers.count(layers) > 1:
            raise ValueError(f"randomised.layers: {layers} is listed twice; remove one")
    for name in settings.by_name:
        if name in study.sensitivity.networks:
            raise ValueError(
                f"sensitivity.networks.{name}: randomised.layers makes a network of this name; "
                "choose another"
            )


def _check_region_test(study: StudyConfig) -> None:
    name = study.region_test.attack
    if name is None:
        return
    if name not in study.attacks:
        hint = suggestion(name, study.attacks)
        raise ValueError(f"region_test.attack: {name!r} is not among the run's attacks; {hint}")
    if not can_be_confined(study.attack_settings[name]):
        raise ValueError(
            f"region_test.attack: {name!r} cannot be confined to a region; name an attack of "
            "method ssim_ball with one step, no target and no relinearising"
        )


def _check_claims(study: StudyConfig) -> None:
    names = [claim.name for claim in study.claims]
    for claim in study.claims:
        if names.count(claim.name) > 1:
            raise ValueError(f"claims: {claim.name!r} is listed twice; rename one")
        known = REGIONS if claim.is_about_regions else study.attacks
        for name in (claim.of, claim.minus):
            if name is not None and name not in known:
                what = "a region" if claim.is_about_regions else "among the run's attacks"
                hint = suggestion(name, known)
                raise ValueError(f"claims: {claim.name}: {name!r} is not {what}; {hint}")


def _check_dataset(study: StudyConfig) -> None:
    dataset, count, classes = study.dataset, study.subset.images, study.model.num_classes
    if dataset.kind == "manifest" and not dataset.manifest.path:
        raise ValueError("dataset.manifest.path: missing; name the CSV file of the photographs")
    if dataset.kind == "imagenet" and not dataset.imagenet.root:
        raise ValueError("dataset.imagenet.root: missing; name the folder of validation images")
    if dataset.kind in ("foolbox", "imagenet") and classes != IMAGENET_CLASSES:
        raise ValueError(
            f"model.num_classes: ImageNet has {IMAGENET_CLASSES} classes, not {classes}; set it to "
            f"{IMAGENET_CLASSES} and name weights with as many"
        )
    if dataset.kind == "foolbox" and count != "all" and count > FOOLBOX_PHOTOGRAPHS:
        raise ValueError(
            f"subset.images: {count} is more than the {FOOLBOX_PHOTOGRAPHS} photographs that come "
            "with foolbox; lower it, or use another data set"
        )
    if dataset.kind == "demo" and classes < DEMO_CLASSES:
        raise ValueError(
            f"model.num_classes: the scenes have labels 0 to {DEMO_CLASSES - 1}, so a network "
            f"needs {DEMO_CLASSES} classes or more, not {classes}; use another network or data set"
        )
    if dataset.kind == "demo" and count != "all" and count > dataset.demo.images:
        raise ValueError(
            f"subset.images: {count} is more than the {dataset.demo.images} generated scenes; "
            "lower it, or raise dataset.demo.images"
        )


def _check_targets(study: StudyConfig) -> None:
    classes = study.model.num_classes
    for name in study.attacks:
        target = study.attack_settings[name].target
        if isinstance(target, int) and target >= classes:
            raise ValueError(
                f"attack_settings.{name}.target: there is no class {target}; the network's "
                f"{classes} classes are 0 to {classes - 1}"
            )
