"""The whole configuration of a run: sections, defaults, checks across sections, loading."""

import difflib
from typing import Any

from pydantic import BaseModel, Field, ValidationError, model_validator

from ssimball.config.attacks import USUAL, AttackConfig, default_attacks
from ssimball.config.base import Ratio, Section
from ssimball.config.causal import CausalConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.dataset import DatasetConfig, SubsetConfig
from ssimball.config.execution import ExecutionConfig
from ssimball.config.messages import describe
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.errors import ConfigError


class OverlapConfig(Section):
    """How the distortion is compared with the class activation map."""

    top: Ratio = Field(0.2, gt=0, lt=1, description="Share of cells that counts as the top.")
    null_draws: int = Field(
        20, ge=1, description="CAMs of other images each image is compared with."
    )


class StatisticsConfig(Section):
    """Intervals across images."""

    confidence: Ratio = Field(0.95, gt=0, lt=1, description="Confidence level of intervals.")
    resamples: int = Field(9999, ge=99, description="Bootstrap resamples.")


class FiguresConfig(Section):
    """What is drawn."""

    sheet_images: int = Field(6, ge=1, le=20, description="Images on a contact sheet (seeded).")
    amplify: float = Field(10.0, gt=0, description="Amplification of the shown perturbation.")


class StudyConfig(Section):
    """A run: everything that decides its results, and how it is executed."""

    run: str = Field(
        "demo",
        pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$",
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
    overlap: OverlapConfig = Field(default_factory=OverlapConfig)
    causal: CausalConfig = Field(default_factory=CausalConfig)
    statistics: StatisticsConfig = Field(default_factory=StatisticsConfig)
    figures: FiguresConfig = Field(default_factory=FiguresConfig)
    execution: ExecutionConfig = Field(default_factory=ExecutionConfig)

    @model_validator(mode="after")
    def _check_across_sections(self) -> "StudyConfig":
        _check_attack_names(self)
        _check_targets(self)
        kind, dataset, count = self.dataset.kind, self.dataset, self.subset.images
        if kind == "manifest" and not dataset.manifest.path:
            raise ValueError("dataset.manifest.path: name the CSV file that lists the photographs")
        if kind == "imagenet" and not dataset.imagenet.root:
            raise ValueError("dataset.imagenet.root: name the folder of the validation images")
        if self.model.weights == "demo" and self.model.sha256 is not None:
            raise ValueError("model.sha256: weights demo are shipped; leave it null")
        if kind == "imagenet" and self.model.num_classes != 1000:
            raise ValueError(f"model.num_classes: ImageNet has 1000, not {self.model.num_classes}")
        if kind == "demo" and count != "all" and count > dataset.demo.images:
            raise ValueError(
                f"subset.images: {count} images asked of a demo of {dataset.demo.images} scenes; "
                "raise dataset.demo.images"
            )
        resize, crop = self.preprocessing.resize, self.preprocessing.crop
        if resize is not None and resize < crop:
            raise ValueError(f"preprocessing.resize: {resize} is smaller than the crop of {crop}")
        return self


def _check_attack_names(study: StudyConfig) -> None:
    for name in study.attacks:
        if name not in study.attack_settings:
            known = sorted(study.attack_settings)
            near = difflib.get_close_matches(name, known, 1)
            hint = f"did you mean {near[0]!r}?" if near else f"known: {', '.join(known)}"
            raise ValueError(f"attacks: {name!r} has no entry in attack_settings; {hint}")
        if not name.replace("_", "").replace("-", "").isalnum():
            raise ValueError(f"attack_settings: {name!r} may hold only letters, digits, _ and -")
    if len(set(study.attacks)) != len(study.attacks):
        raise ValueError("attacks: a name is listed twice")


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
