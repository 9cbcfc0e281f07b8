"""What a configuration names outside of itself, by content and not by place."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from ssimball.ball.solvers.conic.backends import check_solver
from ssimball.config.attacks.ball import SsimBallConicConfig
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.study import StudyConfig
from ssimball.errors import ConfigError
from ssimball.storage.provenance import file_sha256


def conic_solvers(attacks: Mapping[str, AttackSettings]) -> dict[str, str]:
    """The solver of each conic attack, known to work on this machine.

    Raises:
        ConfigError: a solver has no licence.
    """
    solvers = {}
    for name, settings in attacks.items():
        if isinstance(settings, SsimBallConicConfig):
            try:
                solvers[name] = check_solver(settings.solver)
            except ConfigError as error:
                raise ConfigError(f"attack_settings.{name}.{error}") from None
    return solvers


def _sha256_of(key: str, path: Path) -> str:
    """Of the file that ``key`` of the configuration names."""
    try:
        return file_sha256(path)
    except FileNotFoundError:
        reason = f"there is no file {path}"
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})"
    raise ConfigError(f"{key}: {reason}; {_mend(path)}")


def _mend(path: Path) -> str:
    return "correct the path" + ("" if path.is_absolute() else f", which counts from {Path.cwd()}")


def dataset_identity(study: StudyConfig) -> dict[str, Any]:
    """Settings of the data set that decide which images it holds, without paths.

    What a manifest says of images is left out: each shard depends on its own rows of it.

    Raises:
        ConfigError: a configured file or folder does not exist or cannot be read.
    """
    dataset = study.dataset
    if dataset.kind == "demo":
        return {"kind": "demo", **dataset.demo.model_dump(mode="json")}
    if dataset.kind == "imagenet":
        boxes = dataset.imagenet.boxes
        if boxes is not None and not Path(boxes).is_dir():
            raise ConfigError(
                f"dataset.imagenet.boxes: there is no folder {boxes}; {_mend(Path(boxes))}"
            )
        # Like the images' own, the content of the boxes' files is recorded in the subset.
        layout = dataset.imagenet.layout
        return {"kind": "imagenet", "layout": layout, "boxes": boxes is not None}
    path = Path(dataset.manifest.path or "")
    _sha256_of("dataset.manifest.path", path)  # it is there and can be read
    return {"kind": "manifest"}


def model_identity(study: StudyConfig) -> dict[str, Any]:
    """Settings of the model with the hash of a weights file in place of its path.

    Raises:
        ConfigError: the weights file does not exist or is not the one configured.
    """
    settings = study.model.model_dump(mode="json")
    path = study.model.weights_file
    if path is not None:
        found = _sha256_of("model.weights", path)
        if study.model.sha256 not in (None, found):
            raise ConfigError(
                f"model.sha256: {path} has sha256 {found}, not {study.model.sha256}; take the "
                "right file or correct the configuration"
            )
        settings |= {"weights": path.suffix, "sha256": found}
    elif study.model.weights == "demo":
        settings["sha256"] = file_sha256(
            Path(__file__).parents[1] / "models" / "demo_model.safetensors"
        )
    return settings
