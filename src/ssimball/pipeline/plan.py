"""A configured run as the workflow sees it, worked out without importing torch."""

from functools import cached_property
from pathlib import Path
from typing import Any

from ssimball.config.attacks.base import AttackSettings
from ssimball.config.level import Level
from ssimball.config.networks import OtherNetwork, other_networks, randomised_networks
from ssimball.config.randomised import RandomisedConfig
from ssimball.config.sensitivity import SensitivityConfig
from ssimball.config.study import StudyConfig
from ssimball.config.sweep import network_models, sweep_levels, swept_attacks
from ssimball.errors import ConfigError, ModelError
from ssimball.pipeline.code import code_fingerprint
from ssimball.pipeline.identity import dataset_identity, model_identity, with_known_solvers
from ssimball.pipeline.machine import MachineSettings
from ssimball.pipeline.memory_requests import memory_mb
from ssimball.pipeline.runtimes import check_kinds, runtime
from ssimball.pipeline.stages.by_shard import StageSources
from ssimball.pipeline.stages.registry import Stages
from ssimball.pipeline.subset import PlannedSubset
from ssimball.report.figures.chosen import figures_of
from ssimball.storage.contracts.columns import network_name


class Plan:
    """The stages, shards and code fingerprints of a configured run.

    Args:
        study: The checked configuration.
        scripts: Folder of the rules' scripts.

    Attributes:
        subset: The images and shards of the run.
        stages: The typed stages of the run on its own network.

    Raises:
        ConfigError: A configured file or rule does not exist, or a solver has no licence.
        DatasetError: The manifest is broken.
        ModelError: There is no network of the configured name.
    """

    def __init__(self, study: StudyConfig, scripts: Path) -> None:
        """Check what the configuration names outside itself: files, weights, solvers."""
        self.study = study
        self._scripts = scripts
        check_kinds(study.execution.runtimes, scripts)
        self.subset = PlannedSubset(study)
        dataset, model = dataset_identity(study), model_identity(study)
        levels = sweep_levels(study)
        #: Attacks on the run's own network that the sensitivity sweep measures, with their levels.
        self.swept: dict[str, Level] = swept_attacks(levels)
        needed = dict.fromkeys([*study.attacks, *self.swept])
        resolved = with_known_solvers({name: self.attack_settings[name] for name in needed})
        self.stages = Stages(
            StageSources(study, self.subset, dataset, model, resolved, levels, self.swept)
        )
        self._networks = {
            name: self._with_network(network) for name, network in other_networks(study).items()
        }

    def _with_network(self, network: OtherNetwork) -> "Plan":
        """Return the plan of another network, with the attacks on it."""
        changed = {
            "model": network.model,
            "attacks": list(network.attacks),
            "attack_settings": {
                name: settings.image_settings
                for name, settings in self.study.attack_settings.items()
            },
            "sensitivity": SensitivityConfig(),
            "randomised": RandomisedConfig(layers=[]),
        }
        try:
            return Plan(self.study.model_copy(update=changed), self._scripts)
        except (ConfigError, ModelError) as error:
            raise ConfigError(f"{network.key}: {error}") from None

    def at(self, place: str) -> "Plan":
        """Return the plan of a network by the prefix of its paths, see ``network_prefix``."""
        name = network_name(place)
        return self if name is None else self._networks[name]

    @property
    def swept_networks(self) -> list[str]:
        """Names of the other networks of the sensitivity sweep."""
        return list(network_models(self.study))

    @property
    def randomised_networks(self) -> list[str]:
        """Names of the networks with random weights."""
        return list(randomised_networks(self.study))

    @cached_property
    def figures(self) -> dict[str, list[str]]:
        """Names of the figures by the rule that draws them, see :func:`figures_of`."""
        return figures_of(self.study)

    @cached_property
    def attack_settings(self) -> dict[str, AttackSettings]:
        """Settings, as configured, of all attacks that are defined or that the sweep needs."""
        swept = {name: level.settings for name, level in self.swept.items()}
        return {**swept, **self.study.attack_settings}

    def resources(self, rule: str, images: int | None = None) -> dict[str, Any]:
        """Return the resources of a rule's jobs: images; minutes and MB where something says them.

        Args:
            rule: Name of the rule.
            images: Number of images, if it is neither that of the shard nor that of the run.
        """

        def counted(wildcards: Any) -> int:
            if images is not None:
                return images
            shard = wildcards.get("shard")
            return self.subset.images if shard is None else self.subset.in_shard(shard)

        asked = {
            "images": counted,
            "runtime": runtime(rule, self.study.execution.runtimes, self.attack_settings, counted),
            "mem_mb": memory_mb(rule, counted),
        }
        return {name: value for name, value in asked.items() if value is not None}

    def code(
        self, script: str, *, attack: str | None = None, explanation: str | None = None
    ) -> str:
        """Return the fingerprint of the code that a rule's script runs.

        Args:
            script: Name of the script, without ``.py``.
            attack: Attack whose method the script loads by name.
            explanation: Explanation whose method the script loads by name.
        """
        explanations = self.study.explanation_settings
        return code_fingerprint(
            self._scripts,
            script,
            self.study,
            attack_method=attack and self.attack_settings[attack].method,
            explanation_method=explanation and explanations[explanation].method,
        )

    def machine_settings(self) -> MachineSettings:
        """Return what jobs read of the configuration beside their stage."""
        study = self.study
        return MachineSettings(
            folder=Path("results", study.run),
            execution=study.execution,
            dataset=study.dataset,
            num_classes=study.model.num_classes,
            weights=study.model.weights,
            network_weights={
                name: raw["weights"]
                for name, raw in study.sensitivity.networks.items()
                if "weights" in raw
            },
        )
