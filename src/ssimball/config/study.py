"""The whole configuration of a run: sections, defaults, checks across sections, loading."""

import re
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from ssimball.config.attacks.registry import USUAL, AttackConfig, default_attacks
from ssimball.config.base import NAME, Ratio, Section
from ssimball.config.causal import CausalConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.dataset import DEMO_CLASSES, DatasetConfig, SubsetConfig
from ssimball.config.execution import ExecutionConfig
from ssimball.config.explanation import USUAL as USUAL_EXPLANATIONS
from ssimball.config.explanation import ExplanationConfig, default_explanations
from ssimball.config.messages import describe, suggestion
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.overlap import OverlapConfig, check_reference
from ssimball.config.sensitivity import SensitivityConfig
from ssimball.errors import ConfigError


class StatisticsConfig(Section):
    """Intervals across images."""

    confidence: Ratio = Field(0.95, gt=0, lt=1, description="Confidence level of intervals.")
    resamples: int = Field(9999, ge=99, description="Bootstrap resamples.")


class FiguresConfig(Section):
    """What is drawn."""

    sheet_images: int = Field(6, ge=1, le=20, description="Images on a contact sheet (seeded).")
    amplify: float = Field(10.0, gt=0, description="Amplification of the shown perturbation.")


class ReportConfig(Section):
    """The explorer, pages for a browser."""

    images: int = Field(
        500,
        ge=0,
        le=10_000,
        description="Images with pictures in it, the first of the subset; about 2 MB each.",
    )


class StudyConfig(Section):
    """A run: everything that decides its results, and how it is executed."""

    run: str = Field(
        "demo",
        pattern=NAME,
        description="Name of the run; results go to results/<run>/.",
    )
    seed: int = Field(0, ge=0, description="Seed of everything random except the demo's scenes.")
    dataset: DatasetConfig = Field(default_factory=DatasetConfig)
    subset: SubsetConfig = Field(default_factory=SubsetConfig)
    preprocessing: PreprocessingConfig = Field(default_factory=PreprocessingConfig)
    model: ModelConfig = Field(default_factory=ModelConfig)
    attacks: list[str] = Field(
        default=list(USUAL),
        min_length=1,
        description="Which of attack_settings to run, in the order of tables and figures.",
    )
    attack_settings: dict[str, AttackConfig] = Field(
        default_factory=default_attacks,
        description="Settings by a name of your choice; method says which algorithm it is.",
    )
    comparison: ComparisonConfig = Field(default_factory=ComparisonConfig)
    explanations: list[str] = Field(
        default=list(USUAL_EXPLANATIONS),
        description="Which of explanation_settings to run on the clean images; cam among them.",
    )
    attacked_explanations: list[str] = Field(
        default=["cam"],
        description="Which of explanations to run on the adversarial images of every attack too.",
    )
    explanation_settings: dict[str, ExplanationConfig] = Field(
        default_factory=default_explanations,
        description="Settings by a name of your choice; method says which explanation it is.",
    )
    overlap: OverlapConfig = Field(default_factory=OverlapConfig)
    causal: CausalConfig = Field(default_factory=CausalConfig)
    sensitivity: SensitivityConfig = Field(default_factory=SensitivityConfig)
    statistics: StatisticsConfig = Field(default_factory=StatisticsConfig)
    figures: FiguresConfig = Field(default_factory=FiguresConfig)
    report: ReportConfig = Field(default_factory=ReportConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)

    @model_validator(mode="after")
    def _check_across_sections(self) -> "StudyConfig":
        _check_names(self, "attacks", "attack_settings")
        _check_targets(self)
        _check_explanations(self)
        _check_dataset(self)
        if self.model.weights == "demo" and self.model.sha256 is not None:
            raise ValueError("model.sha256: weights demo are shipped; leave it null")
        resize, crop = self.preprocessing.resize, self.preprocessing.crop
        if resize is not None and resize < crop:
            raise ValueError(
                f"preprocessing.resize: {resize} is smaller than the crop of {crop}; raise it, or "
                "lower preprocessing.crop"
            )
        return self


def _check_names(study: StudyConfig, key: str, home: str) -> None:
    """The names listed under ``key`` are entries of ``home``, fit for file names, and differ."""
    names, known = getattr(study, key), getattr(study, home)
    for name in names:
        if name not in known:
            hint = suggestion(name, sorted(known))
            raise ValueError(f"{key}: {name!r} has no entry in {home}; {hint}")
        if not re.fullmatch("[A-Za-z0-9_-]+", name):
            raise ValueError(
                f"{home}: {name!r} becomes a file name; use only letters A to Z, digits, _ and -"
            )
    if len(set(names)) != len(names):
        raise ValueError(f"{key}: a name is listed twice")


def _check_explanations(study: StudyConfig) -> None:
    _check_names(study, "explanations", "explanation_settings")
    if "cam" not in study.explanations:
        raise ValueError("explanations: cam must be listed; overlap is measured with it")
    _check_names(study, "attacked_explanations", "explanations")
    for name in study.explanations:
        check_reference(name)
    if study.explanation_settings["cam"].method != "cam":
        raise ValueError(
            "explanation_settings.cam: stands for method cam; give another method another name"
        )


def _check_dataset(study: StudyConfig) -> None:
    dataset, count, classes = study.dataset, study.subset.images, study.model.num_classes
    if dataset.kind == "manifest" and not dataset.manifest.path:
        raise ValueError("dataset.manifest.path: name the CSV file that lists the photographs")
    if dataset.kind == "imagenet" and not dataset.imagenet.root:
        raise ValueError("dataset.imagenet.root: name the folder of the validation images")
    if dataset.kind == "imagenet" and classes != 1000:
        raise ValueError(
            f"model.num_classes: ImageNet has 1000, not {classes}; set it to 1000 and name weights "
            "for them"
        )
    if dataset.kind == "demo" and classes < DEMO_CLASSES:
        raise ValueError(
            f"model.num_classes: the demo has labels 0 to {DEMO_CLASSES - 1}, so a network needs "
            f"{DEMO_CLASSES} classes or more, not {classes}; take another network or data set"
        )
    if dataset.kind == "demo" and count != "all" and count > dataset.demo.images:
        raise ValueError(
            f"subset.images: {count} images asked of a demo of {dataset.demo.images} scenes; "
            "raise dataset.demo.images"
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


def load_study(raw: dict[str, Any]) -> StudyConfig:
    """Check a merged configuration.

    Args:
        raw: nested mapping as read from YAML, overlays already merged in.

    Raises:
        ConfigError: naming each offending key, what is wrong, and the nearest valid key.
    """
    try:
        return StudyConfig.model_validate(raw)
    except ValidationError as error:
        lines = "\n".join(f"  {line}" for line in describe(error, raw, StudyConfig))
        raise ConfigError(f"the configuration is not valid:\n{lines}") from None


def effective(study: BaseModel) -> dict[str, Any]:
    """The configuration with every default filled in, as plain JSON types."""
    return study.model_dump(mode="json")


#: The methods of :mod:`ssimball.config.attacks.controls`.
CONTROLS = frozenset({"noise", "shuffled_step", "ssim_ball_control", "corruption"})


def control_names(study: StudyConfig) -> list[str]:
    """Names of the run's attacks that are controls."""
    return [name for name in study.attacks if study.attack_settings[name].method in CONTROLS]
