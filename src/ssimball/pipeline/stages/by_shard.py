"""Builds the stages that run shard by shard."""

from dataclasses import dataclass

from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.level import Level
from ssimball.config.model import ModelConfig
from ssimball.config.stages.attack import AttackStage
from ssimball.config.stages.causal import CausalReferencesStage, CausalStage
from ssimball.config.stages.explain import ClassCamsStage, ExplainAttackStage, ExplainStage
from ssimball.config.stages.images import (
    ClassesStage,
    CleanStage,
    DatasetIdentity,
    DrawnOrder,
    ListedOrder,
    ManifestIdentity,
    SubsetStage,
)
from ssimball.config.stages.overlap import ReferencesStage, SsimStage
from ssimball.config.stages.region_noise import RegionNoiseStage
from ssimball.config.stages.region_test import RegionTestStage
from ssimball.config.study import StudyConfig
from ssimball.pipeline.subset import PlannedSubset
from ssimball.storage.provenance import json_sha256


@dataclass(frozen=True)
class StageSources:
    """What the stages of a run are built from.

    Attributes:
        study: The checked configuration.
        subset: The images and shards of the run.
        dataset: What decides which images the data set holds.
        model: The network, its weights identified by their sha256.
        attack_settings: Settings of every attack that the run may need, by name, those of the
            sensitivity sweep included; ``solver: auto`` is resolved.
        levels: Levels of the sensitivity sweep.
        swept: The level of each attack that the sweep measures, by the attack's name.
    """

    study: StudyConfig
    subset: PlannedSubset
    dataset: DatasetIdentity
    model: ModelConfig
    attack_settings: dict[str, AttackSettings]
    levels: list[Level]
    swept: dict[str, Level]


class ShardStages:
    """The stages that run shard by shard, one method for each, named after the stage.

    Args:
        sources: The configuration and the identity of what it names outside the run.
    """

    def __init__(self, sources: StageSources) -> None:
        """Keep the sources; stages are built when they are asked for."""
        self._sources = sources
        self._study = sources.study

    def classes(self) -> ClassesStage:
        """Return the stage that stores the class names."""
        dataset = self._sources.dataset
        if isinstance(dataset, ManifestIdentity):
            names = self._sources.subset.manifest.class_names
            dataset = ManifestIdentity(names=json_sha256(names))
        return ClassesStage(dataset=dataset, num_classes=self._study.model.num_classes)

    def subset(self, shard: str) -> SubsetStage:
        """Return the stage that chooses the images of a shard."""
        subset, dataset = self._sources.subset, self._sources.dataset
        if isinstance(dataset, ManifestIdentity):
            dataset = ManifestIdentity(rows=subset.rows_sha256(shard))
        positions = subset.positions(shard)
        whole = self._study.subset.images == "all"
        return SubsetStage(
            dataset=dataset,
            num_classes=self._study.model.num_classes,
            order=ListedOrder() if whole else DrawnOrder(seed=self._study.seed),
            first=positions.start,
            last=positions.stop - 1,
        )

    def clean(self) -> CleanStage:
        """Return the stage that preprocesses and classifies the clean images."""
        return CleanStage(
            dataset=self._study.dataset.kind,
            preprocessing=self._study.preprocessing,
            model=self._sources.model,
        )

    def attack(self, attack: str) -> AttackStage:
        """Return the stage of an attack."""
        return AttackStage(
            attack=attack,
            settings=self._sources.attack_settings[attack],
            comparison=self._comparison(attack),
            model=self._sources.model,
            seed=self._study.seed,
        )

    def _comparison(self, attack: str) -> ComparisonConfig:
        level = self._sources.swept.get(attack)
        return self._study.comparison if level is None else level.comparison

    def explain(self, explanation: str) -> ExplainStage:
        """Return the stage of an explanation of the clean images."""
        settings = self._study.explanation_settings[explanation]
        return ExplainStage(
            explanation=explanation,
            settings=settings,
            model=self._sources.model,
            seed=self._study.seed if settings.seeded else None,
        )

    def explain_attack(self, attack: str, explanation: str) -> ExplainAttackStage:
        """Return the stage of an explanation under an attack."""
        settings = self._study.explanation_settings[explanation]
        return ExplainAttackStage(
            attack=attack,
            explanation=explanation,
            settings=settings,
            model=self._sources.model,
            seed=self._study.seed if settings.seeded else None,
        )

    def references(self) -> ReferencesStage:
        """Return the stage of the reference maps beside the CAM."""
        return ReferencesStage()

    def class_cams(self) -> ClassCamsStage:
        """Return the stage of the CAMs of other classes."""
        return ClassCamsStage(model=self._sources.model, seed=self._study.seed)

    def ssim(self, attack: str) -> SsimStage:
        """Return the stage of an attack's SSIM maps and distortions."""
        return SsimStage(attack=attack)

    def causal(self, attack: str) -> CausalStage:
        """Return the stage of the curves of an attack's SSIM deficit."""
        return CausalStage(
            attack=attack,
            causal=self._study.causal,
            model=self._sources.model,
            seed=self._study.seed,
        )

    def causal_references(self) -> CausalReferencesStage:
        """Return the stage of the curves of the CAM and of a random order."""
        return CausalReferencesStage(
            causal=self._study.causal, model=self._sources.model, seed=self._study.seed
        )

    def region_noise(self) -> RegionNoiseStage:
        """Return the stage of the noise in regions of clean images."""
        return RegionNoiseStage(
            region_noise=self._study.region_noise,
            top=self._study.overlap.top,
            model=self._sources.model,
            seed=self._study.seed,
        )

    def region_test(self) -> RegionTestStage:
        """Return the stage of the region test.

        Raises:
            ValueError: the run has no attack to confine.
        """
        attack, comparison = self._study.confined_attack, self._study.comparison
        settings = self._sources.attack_settings.get(attack or "")
        if attack is None or not isinstance(settings, SsimBallConfig):
            raise ValueError("the run has no attack to confine to a region")
        return RegionTestStage(
            attack=attack,
            settings=settings.image_settings,
            mean_ssim=comparison.mean_ssim,
            tolerance=comparison.tolerance,
            top=self._study.overlap.top,
            random_sets=self._study.region_noise.random_sets,
            least_share=self._study.region_test.least_share,
            model=self._sources.model,
            seed=self._study.seed,
        )
