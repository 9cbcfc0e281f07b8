"""What each stage of a run depends on, worked out without importing torch.

Every stage gets one canonical JSON string: its settings and the identity (not the place) of what
it reads from outside. Snakemake compares these strings, so a stage reruns when, and only when,
something it depends on has changed.
"""

import os
from functools import cached_property
from pathlib import Path
from typing import Any

from ssimball.attacks import registry as attack_registry
from ssimball.config.ball_attacks import SsimBallConicConfig
from ssimball.config.study import StudyConfig, effective
from ssimball.datasets import registry as dataset_registry
from ssimball.errors import ConfigError
from ssimball.explanations import registry as explanation_registry
from ssimball.fingerprint import fingerprint
from ssimball.provenance import canonical_json, file_sha256
from ssimball.solvers.conic_backends import check_solver
from ssimball.subset import shard_name

IMAGENET_VALIDATION_IMAGES = 50_000


def prepare_environment(source: Path) -> None:
    """Set what the jobs' own processes inherit, on whichever machine the workflow is parsed.

    The library is found in any software environment, and numerical libraries use one thread, which
    keeps results the same on any number of cores.
    """
    paths = [str(source), os.environ.get("PYTHONPATH", "")]
    os.environ["PYTHONPATH"] = os.pathsep.join(filter(None, paths))
    for variable in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
        os.environ[variable] = "1"


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
        self._dataset = _dataset_identity(study)
        self._model = _model_identity(study)
        self._solvers = _conic_solvers(study)

    @cached_property
    def images(self) -> int:
        """Number of images in the subset."""
        asked, dataset = self.study.subset.images, self.study.dataset
        if asked != "all":
            return asked
        if dataset.kind == "demo":
            return dataset.demo.images
        if dataset.kind == "imagenet":
            return IMAGENET_VALIDATION_IMAGES
        opened = dataset_registry.open_dataset(dataset, self.study.model.num_classes)
        return len(opened.entries())

    @property
    def shards(self) -> list[str]:
        """Names of the shards, in order."""
        size = self.study.execution.shard_size
        return [shard_name(first, size) for first in range(0, self.images, size)]

    @property
    def attacks(self) -> list[str]:
        """Names of the attacks, in the order of tables and figures."""
        return list(self.study.attacks)

    def stage(self, name: str, which: str | None = None, *more: str) -> str:
        """What stage ``name`` depends on, as canonical JSON.

        Args:
            which: the attack or explanation, for stages of one.
            more: the explanation, for stages of an attack and an explanation.
        """
        return canonical_json({"stage": name, **getattr(self, f"_{name}")(which, *more)})

    def code(self, script: str, which: str | None = None) -> str:
        """Fingerprint of the code that a rule's script runs; ``which``: attack or explanation."""
        modules = []
        if script in ("subset", "clean_shard"):
            modules.append(dataset_registry.MODULES[self.study.dataset.kind])
        if which is not None and script == "attack_shard":
            modules.append(attack_registry.module(self.study.attack_settings[which].method))
        if which is not None and script in ("explain_shard", "explain_attack_shard"):
            settings = self.study.explanation_settings[which]
            modules.append(explanation_registry.module(settings.method))
        return fingerprint(self._scripts / f"{script}.py", modules)

    def _subset(self, _: None) -> dict[str, Any]:
        return {
            "dataset": self._dataset,
            "num_classes": self.study.model.num_classes,
            "images": self.images,
            "shard_size": self.study.execution.shard_size,
            "seed": self.study.seed,
        }

    def _clean(self, _: None) -> dict[str, Any]:
        return {
            "dataset": self._dataset,
            "preprocessing": self.study.preprocessing.model_dump(mode="json"),
            "model": self._model,
        }

    def _attack(self, attack: str) -> dict[str, Any]:
        settings = self.study.attack_settings[attack].model_dump(mode="json")
        # What `auto` means on this machine is part of the result.
        if attack in self._solvers:
            settings["solver"] = self._solvers[attack]
        return {
            "attack": attack,
            "settings": settings,
            "comparison": self.study.comparison.used(),
            "model": self._model,
            "seed": self.study.seed,
        }

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

    def _causal_summary(self, _: None) -> dict[str, Any]:
        return self._summary(None)

    def _summary(self, _: None) -> dict[str, Any]:
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

    def _config(self, _: None) -> dict[str, Any]:
        return {"config": effective(self.study)}


def _conic_solvers(study: StudyConfig) -> dict[str, str]:
    """The solver of each conic attack of the run, known to work on this machine."""
    solvers = {}
    for name in study.attacks:
        settings = study.attack_settings[name]
        if isinstance(settings, SsimBallConicConfig):
            try:
                solvers[name] = check_solver(settings.solver)
            except ConfigError as error:
                raise ConfigError(f"attack_settings.{name}.{error}") from None
    return solvers


def _dataset_identity(study: StudyConfig) -> dict[str, Any]:
    dataset = study.dataset
    if dataset.kind == "demo":
        return {"kind": "demo", **dataset.demo.model_dump(mode="json")}
    if dataset.kind == "imagenet":
        boxes = dataset.imagenet.boxes
        if boxes is not None and not Path(boxes).is_dir():
            raise ConfigError(f"dataset.imagenet.boxes: there is no folder {boxes}")
        # Like the images' own, the content of the boxes' files is recorded in the subset.
        layout = dataset.imagenet.layout
        return {"kind": "imagenet", "layout": layout, "boxes": boxes is not None}
    path = Path(dataset.manifest.path or "")
    if not path.is_file():
        raise ConfigError(f"dataset.manifest.path: there is no file {path}")
    return {"kind": "manifest", "sha256": file_sha256(path)}


def _model_identity(study: StudyConfig) -> dict[str, Any]:
    """Settings of the model with the hash of a weights file in place of its path."""
    settings = study.model.model_dump(mode="json")
    path = study.model.weights_file
    if path is not None:
        if not path.is_file():
            raise ConfigError(f"model.weights: there is no file {path}")
        found = file_sha256(path)
        if study.model.sha256 not in (None, found):
            raise ConfigError(
                f"model.sha256: {path} has sha256 {found}, not {study.model.sha256}; take the "
                "right file or correct the configuration"
            )
        settings |= {"weights": path.suffix, "sha256": found}
    elif study.model.weights == "demo":
        settings["sha256"] = file_sha256(Path(__file__).parent / "data" / "demo_model.safetensors")
    return settings
