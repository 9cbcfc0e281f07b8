"""What each stage of a run depends on, worked out without importing torch.

Every stage gets one canonical JSON string: its settings and the identity (not the place) of what
it reads from outside. Snakemake compares these strings, so a stage reruns when, and only when,
something it depends on has changed.
"""

from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from ssimball.attacks import registry as attack_registry
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.attacks.minimal import MINIMAL
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.model import ModelConfig
from ssimball.config.sensitivity import SensitivityConfig
from ssimball.config.study import StudyConfig, effective
from ssimball.config.sweep import MEAN_SSIM, Level, network_models, sweep_levels, swept_attacks
from ssimball.datasets import registry as dataset_registry
from ssimball.datasets.interface import Entry
from ssimball.datasets.subset import choose, positions, shard_name
from ssimball.errors import ConfigError
from ssimball.explanations import registry as explanation_registry
from ssimball.pipeline.identity import conic_solvers, dataset_identity, model_identity
from ssimball.report.explorer.layout import sources_sha256
from ssimball.report.explorer.settings import explorer_settings
from ssimball.runtime.fingerprint import fingerprint
from ssimball.storage.contracts.columns import network_name
from ssimball.storage.provenance import canonical_json, json_sha256

if TYPE_CHECKING:
    # Imported by the registry for those who have a manifest.
    from ssimball.datasets.manifest import ManifestDataset

IMAGENET_VALIDATION_IMAGES = 50_000


class Plan:
    """A configured run, seen by the workflow.

    Args:
        study: the checked configuration.
        scripts: folder of the rules' scripts.

    Raises:
        ConfigError: a configured file does not exist, a configured solver has no licence.
        DatasetError: the manifest is broken.
    """

    def __init__(self, study: StudyConfig, scripts: Path) -> None:
        self.study = study
        self._scripts = scripts
        self._dataset = dataset_identity(study)
        self._model = model_identity(study)
        self.levels = sweep_levels(study)
        needed = [*study.attacks, *self.swept]
        self._solvers = conic_solvers({name: self.attack_settings[name] for name in needed})
        self._networks = {
            name: self._with_network(name, model) for name, model in network_models(study).items()
        }

    def _with_network(self, name: str, model: ModelConfig) -> "Plan":
        """The plan of the sweep's base attack on another network."""
        base, off = self.study.sensitivity.base, SensitivityConfig()
        changed = {"model": model, "attacks": [base], "sensitivity": off}
        try:
            return Plan(self.study.model_copy(update=changed), self._scripts)
        except ConfigError as error:
            raise ConfigError(f"sensitivity.networks.{name}: {error}") from None

    def at(self, place: str) -> "Plan":
        """The plan of the network whose files lie at a place, see ``network_prefix``."""
        name = network_name(place)
        return self if name is None else self._networks[name]

    @property
    def networks(self) -> list[str]:
        """Names of the other networks of the sensitivity sweep."""
        return list(self._networks)

    @cached_property
    def swept(self) -> dict[str, Level]:
        """The attacks on the run's own network that the sensitivity sweep looks at."""
        return swept_attacks(self.levels)

    @cached_property
    def attack_settings(self) -> dict[str, AttackSettings]:
        """Of all attacks that the run may need, those of the sensitivity sweep included."""
        swept = {name: level.settings for name, level in self.swept.items()}
        return {**swept, **self.study.attack_settings}

    @cached_property
    def images(self) -> int:
        """Number of images in the subset."""
        asked, dataset = self.study.subset.images, self.study.dataset
        if dataset.kind == "manifest":
            return len(self._rows[1])
        if asked != "all":
            return asked
        return dataset.demo.images if dataset.kind == "demo" else IMAGENET_VALIDATION_IMAGES

    @cached_property
    def _rows(self) -> "tuple[ManifestDataset, list[Entry]]":
        """The manifest, and the images of the run, in order.

        Raises:
            DatasetError: it is broken, or lists fewer images than are asked for.
        """
        study = self.study
        opened = dataset_registry.open_dataset(study.dataset, study.model.num_classes)
        chosen = choose(opened.entries(), study.subset.images, study.seed)
        return cast("ManifestDataset", opened), chosen

    @property
    def shards(self) -> list[str]:
        """Names of the shards, in order."""
        size = self.study.execution.shard_size
        return [shard_name(first, size) for first in range(0, self.images, size)]

    def in_shard(self, shard: str) -> int:
        """Number of images in a shard."""
        return len(positions(shard, self.study.execution.shard_size, self.images))

    @property
    def attacks(self) -> list[str]:
        """Names of the attacks, in the order of tables and figures."""
        return list(self.study.attacks)

    def stage(self, name: str, which: str | None = None, *more: str) -> str:
        """What stage ``name`` depends on, as canonical JSON.

        Args:
            which: the attack or explanation, for stages of one; the shard, for the subset.
            more: the explanation, for stages of an attack and an explanation.
        """
        return canonical_json({"stage": name, **getattr(self, f"_{name}")(which, *more)})

    def code(self, script: str, which: str | None = None) -> str:
        """Fingerprint of the code that a rule's script runs; ``which``: attack or explanation."""
        modules = []
        if script in ("classes", "subset_shard", "clean_shard"):
            modules.append(dataset_registry.MODULES[self.study.dataset.kind])
        if which is not None and script == "attack_shard":
            modules.append(attack_registry.module(self.attack_settings[which].method))
        if which is not None and script in ("explain_shard", "explain_attack_shard"):
            settings = self.study.explanation_settings[which]
            modules.append(explanation_registry.module(settings.method))
        return fingerprint(self._scripts / f"{script}.py", modules)

    def _classes(self, _: None) -> dict[str, Any]:
        dataset = self._dataset
        if dataset["kind"] == "manifest":
            dataset = {**dataset, "names": json_sha256(self._rows[0].class_names)}
        return {"dataset": dataset, "num_classes": self.study.model.num_classes}

    def _subset(self, shard: str) -> dict[str, Any]:
        """Of one shard; without the number of images, which may grow."""
        whole = self.study.subset.images == "all"
        mine = positions(shard, self.study.execution.shard_size, self.images)
        dataset = self._dataset
        if dataset["kind"] == "manifest":
            opened, chosen = self._rows
            rows = opened.rows_sha256(chosen[mine.start : mine.stop])
            dataset = {**dataset, "rows": rows}
        return {
            "dataset": dataset,
            "num_classes": self.study.model.num_classes,
            "order": {"kind": "listed"} if whole else {"kind": "drawn", "seed": self.study.seed},
            "first": mine.start,
            "last": mine.stop - 1,
        }

    def _clean(self, _: None) -> dict[str, Any]:
        return {
            # Which images, and what is known of them, comes with the subset.
            "dataset": self.study.dataset.kind,
            "preprocessing": self.study.preprocessing.model_dump(mode="json"),
            "model": self._model,
        }

    def _attack(self, attack: str) -> dict[str, Any]:
        settings = self.attack_settings[attack].model_dump(mode="json")
        # What `auto` means on this machine is part of the result.
        if attack in self._solvers:
            settings["solver"] = self._solvers[attack]
        return {
            "attack": attack,
            "settings": settings,
            "comparison": self._terms(attack).used(),
            "model": self._model,
            "seed": self.study.seed,
        }

    def _terms(self, attack: str) -> ComparisonConfig:
        level = self.swept.get(attack)
        return self.study.comparison if level is None else level.comparison

    def _explain(self, explanation: str) -> dict[str, Any]:
        settings = self.study.explanation_settings[explanation]
        return {
            "explanation": explanation,
            "settings": settings.model_dump(mode="json"),
            "model": self._model,
            # What draws no random numbers does not depend on the seed.
            **({"seed": self.study.seed} if settings.seeded else {}),
        }

    def _explain_attack(self, attack: str, explanation: str) -> dict[str, Any]:
        return {"attack": attack, **self._explain(explanation)}

    def _ssim(self, attack: str) -> dict[str, Any]:
        return {"attack": attack}

    def _overlap(self, _: None) -> dict[str, Any]:
        return {
            "attacks": self.attacks,
            "distortions": ["deficit", *self.study.overlap.distortions],
            "explanations": [name for name in self.study.explanations if name != "cam"],
            "overlap": self.study.overlap.model_dump(mode="json", exclude={"distortions"}),
            "seed": self.study.seed,
        }

    def _causal(self, attack: str) -> dict[str, Any]:
        settings = self.study.causal.model_dump(mode="json", exclude={"enabled"})
        seed = self.study.seed
        return {"attack": attack, "causal": settings, "model": self._model, "seed": seed}

    def _causal_references(self, _: None) -> dict[str, Any]:
        settings = self.study.causal.model_dump(mode="json", exclude={"enabled", "areas"})
        return {"causal": settings, "model": self._model, "seed": self.study.seed}

    def _summary(self, _: None) -> dict[str, Any]:
        return {**self._causal_summary(None), "controls": self.study.controls}

    def _causal_summary(self, _: None) -> dict[str, Any]:
        return {
            "attacks": self.attacks,
            "statistics": self.study.statistics.model_dump(mode="json"),
            "top": self.study.overlap.top,
            "seed": self.study.seed,
        }

    def _figures(self, _: None) -> dict[str, Any]:
        return {
            "attacks": self.attacks,
            "figures": self.study.figures.model_dump(mode="json"),
            "confidence": self.study.statistics.confidence,
            "top": self.study.overlap.top,
            "seed": self.study.seed,
        }

    def _figure_causal(self, _: None) -> dict[str, Any]:
        # The attacks and their order come with the table.
        confidence = self.study.statistics.confidence
        return {"confidence": confidence, "top": self.study.overlap.top}

    def _figure_paired(self, _: None) -> dict[str, Any]:
        return {"confidence": self.study.statistics.confidence}

    def _figure_attacks(self, _: None) -> dict[str, Any]:
        settings = self.study.attack_settings
        gaps = [[name, getattr(settings[name], "gap", None)] for name in self.attacks]
        # Whose stored images are the smallest perturbations found: not where all images are brought
        # to one mean SSIM.
        searched = {
            "fixed_budget": [name for name in self.attacks if settings[name].method in MINIMAL],
            "matched_quality": [],
            "matched_outcome": self.attacks,
        }
        return {"gaps": gaps, "searched": searched[self.study.comparison.mode]}

    def _figure_fooling(self, _: None) -> dict[str, Any]:
        sweep, found = self.study.sensitivity, {"confidence": self.study.statistics.confidence}
        if not sweep.enabled:
            return found
        # Factors that move how far the stored images are from the clean ones.
        budgets = [self.study.attack_settings[sweep.base].budget_key, MEAN_SSIM]
        return {**found, "base": sweep.base, "budgets": [one for one in budgets if one]}

    def _sensitivity_overlap(self, _: None) -> dict[str, Any]:
        return {
            **self._overlap(None),
            "attacks": list(self.swept),
            "base": self.study.sensitivity.base,
            "levels": [
                {"factor": level.factor, "label": level.label, "attack": level.attack}
                | {"is_base": level.is_base, "network": level.network}
                | {"view": level.view, "top": level.top}
                for level in self.levels
            ],
        }

    def _sensitivity(self, _: None) -> dict[str, Any]:
        return {
            "base": self.study.sensitivity.base,
            "statistics": self.study.statistics.model_dump(mode="json"),
            "top": self.study.overlap.top,
            "seed": self.study.seed,
        }

    def _explorer(self, _: None) -> dict[str, Any]:
        own = {"images": self.images, "sources": sources_sha256()}
        return {**explorer_settings(self.study), **own}

    def _checksums(self, _: None) -> dict[str, Any]:
        return {}

    def _config(self, _: None) -> dict[str, Any]:
        return {"config": effective(self.study)}
