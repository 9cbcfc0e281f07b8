"""All stages of a run, by name."""

from typing import Any

from ssimball.config.attacks.ball import BallSettings
from ssimball.config.attacks.minimal import MINIMAL
from ssimball.config.attacks.names import display_name
from ssimball.config.networks import randomised_networks
from ssimball.config.stages.answer import AnswerStage
from ssimball.config.stages.base import Stage
from ssimball.config.stages.configuration import ConfigStage
from ssimball.config.stages.figures import (
    FigureAttacksStage,
    FigureCausalStage,
    FigureEvidenceStage,
    FigureFoolingStage,
    FigureRegionTestStage,
    FiguresStage,
)
from ssimball.config.stages.overlap import (
    OverlapStage,
    SensitivityOverlapStage,
    SweepLevel,
)
from ssimball.config.stages.publishing import ChecksumsStage, ExplorerStage
from ssimball.config.stages.randomised import RandomisedNetwork, RandomisedStage
from ssimball.config.stages.region_noise import RegionNoiseSummaryStage
from ssimball.config.stages.region_test import RegionTestSummaryStage
from ssimball.config.stages.statistics import CausalSummaryStage, SensitivityStage, SummaryStage
from ssimball.config.sweep import dose_factors
from ssimball.errors import ArtifactError
from ssimball.pipeline.stages.by_shard import ShardStages
from ssimball.report.answer.settings import answer_stage
from ssimball.report.explorer.settings import explorer_stage
from ssimball.report.figures.chosen import directions_of, figures_of, searched_attacks


class Stages(ShardStages):
    """All stages of a run on one network; one method for each, named after the stage."""

    def build(self, stage_name: str, *names: str) -> Stage:
        """Return a stage by its name, as the metadata of a table stores it.

        Args:
            stage_name: Such as ``explain_attack``.
            names: Attack and explanation, of stages that have them; the shard, of ``subset``.

        Raises:
            ArtifactError: This version has no stage of that name.
        """
        method = getattr(self, stage_name, None)
        if method is None or stage_name.startswith("_") or stage_name == "build":
            raise ArtifactError(f"this version of ssimball has no stage {stage_name!r}")
        stage: Stage = method(*names)
        return stage

    def overlap(self) -> OverlapStage:
        """Return the stage of the overlap table."""
        return OverlapStage(
            attacks=tuple(self._study.attacks),
            distortions=self._distortions(),
            explanations=self._explanations(),
            overlap=self._study.overlap,
            seed=self._study.seed,
        )

    def sensitivity_overlap(self) -> SensitivityOverlapStage:
        """Return the stage of the overlap table of the sensitivity sweep."""
        return SensitivityOverlapStage(
            attacks=tuple(self._sources.swept),
            distortions=self._distortions(),
            explanations=self._explanations(),
            overlap=self._study.overlap,
            seed=self._study.seed,
            levels=tuple(
                SweepLevel(
                    factor=level.factor,
                    label=level.label,
                    attack=level.attack,
                    is_base=level.is_base,
                    is_control=level.is_control,
                    network=level.network,
                    reference=level.reference,
                    distortion=level.distortion,
                )
                for level in self._sources.levels
            ),
        )

    def randomised(self) -> RandomisedStage:
        """Return the stage of the networks with random weights."""
        networks = randomised_networks(self._study)
        own = RandomisedNetwork(name=None, layers=str(self._study.model.randomised_layers))
        return RandomisedStage(
            attack=next(network.attacks[0] for network in networks.values()),
            networks=(
                own,
                *(
                    RandomisedNetwork(name=name, layers=str(network.model.randomised_layers))
                    for name, network in networks.items()
                ),
            ),
            overlap=self._study.overlap,
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def _distortions(self) -> tuple[str, ...]:
        return ("deficit", *self._study.overlap.distortions)

    def _explanations(self) -> tuple[str, ...]:
        return tuple(name for name in self._study.explanations if name != "cam")

    def summary(self) -> SummaryStage:
        """Return the stage of the statistics across images."""
        return SummaryStage(
            attacks=tuple(self._study.attacks),
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
            controls=tuple(self._study.controls),
            minimal=self._minimal,
            display_names=self._display_names,
            comparison=self._study.comparison,
        )

    @property
    def _minimal(self) -> tuple[str, ...]:
        """The attacks that seek a smallest perturbation."""
        settings = self._study.attack_settings
        return tuple(name for name in self._study.attacks if settings[name].method in MINIMAL)

    @property
    def _display_names(self) -> tuple[str, ...]:
        """The names of the attacks in texts and figures."""
        settings, comparison = self._study.attack_settings, self._study.comparison
        return tuple(display_name(name, settings[name], comparison) for name in self._study.attacks)

    @property
    def _renamed(self) -> tuple[tuple[str, str], ...]:
        """The attacks that texts and figures call by another name, each with that name."""
        names = zip(self._study.attacks, self._display_names, strict=True)
        return tuple((name, shown) for name, shown in names if name != shown)

    def answer(self) -> AnswerStage:
        """Return the stage of the answer."""
        return answer_stage(self._study)

    def causal_summary(self) -> CausalSummaryStage:
        """Return the stage of curves across images."""
        return CausalSummaryStage(
            attacks=tuple(self._study.attacks),
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def region_noise_summary(self) -> RegionNoiseSummaryStage:
        """Return the stage of the noise in regions across images."""
        return RegionNoiseSummaryStage(
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def region_test_summary(self) -> RegionTestSummaryStage:
        """Return the stage of the region test across images."""
        return RegionTestSummaryStage(
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def sensitivity(self) -> SensitivityStage:
        """Return the stage of the sensitivity sweep across images."""
        return SensitivityStage(
            budgets=dose_factors(self._study),
            statistics=self._study.statistics,
            num_classes=self._study.model.num_classes,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def _figures_of(self, rule: str) -> dict[str, Any]:
        """Return what all stages that draw figures of attacks have."""
        settings = self._study.attack_settings
        attacks = [(name, settings[name]) for name in self._study.attacks]
        return {
            "drawn": tuple(figures_of(self._study).get(rule, ())),
            "renamed": self._renamed,
            "ball": tuple(
                name
                for name, attack in attacks
                if isinstance(attack, BallSettings) and not attack.is_control
            ),
            "controls": tuple(self._study.controls),
        }

    def figures(self) -> FiguresStage:
        """Return the stage of the contact sheets and of one image by all attacks."""
        return FiguresStage(
            **self._figures_of("figures"),
            attacks=tuple(self._study.attacks),
            figures=self._study.figures,
            attacked_cam="cam" in self._study.attacked_explanations,
            top=self._study.overlap.top,
            seed=self._study.seed,
        )

    def figure_causal(self) -> FigureCausalStage:
        """Return the stage of the figure of curves."""
        return FigureCausalStage(
            **self._figures_of("figure_causal"),
            confidence=self._study.statistics.confidence,
        )

    def figure_region_test(self) -> FigureRegionTestStage:
        """Return the stage of the region test's figure."""
        return FigureRegionTestStage(
            **self._figures_of("figure_region_test"),
            attack=self._study.confined_attack or "",
            confidence=self._study.statistics.confidence,
        )

    def figure_evidence(self) -> FigureEvidenceStage:
        """Return the stage of the figures of the answer."""
        return FigureEvidenceStage(
            **self._figures_of("figure_evidence"),
            confidence=self._study.statistics.confidence,
            directions=tuple(directions_of(self._study).items()),
        )

    def figure_attacks(self) -> FigureAttacksStage:
        """Return the stage of the figures of the attack tables."""
        settings, attacks = self._study.attack_settings, self._study.attacks
        return FigureAttacksStage(
            **self._figures_of("figure_attacks"),
            gaps=tuple((name, getattr(settings[name], "gap", None)) for name in attacks),
            searched=tuple(searched_attacks(self._study)),
        )

    def figure_fooling(self) -> FigureFoolingStage:
        """Return the stage of the figure of fooling rate against mean SSIM."""
        confidence, sweep = self._study.statistics.confidence, self._study.sensitivity
        common = self._figures_of("figure_fooling")
        if not sweep.enabled:
            return FigureFoolingStage(**common, confidence=confidence)
        return FigureFoolingStage(
            **common,
            confidence=confidence,
            base=sweep.base,
            budgets=dose_factors(self._study),
        )

    def explorer(self) -> ExplorerStage:
        """Return the stage of the explorer."""
        return explorer_stage(self._study, self._sources.subset.images)

    def checksums(self) -> ChecksumsStage:
        """Return the stage of the list of checksums."""
        return ChecksumsStage()

    def config(self) -> ConfigStage:
        """Return the stage that stores the effective configuration."""
        return ConfigStage(config=self._study)
