"""Identifies what a configuration names outside itself by its content, not by its path."""

from collections.abc import Mapping
from pathlib import Path

from ssimball.ball.solvers.conic.backends import check_solver
from ssimball.config.attacks.ball import SsimBallConicConfig
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.model import ModelConfig
from ssimball.config.stages.images import (
    DatasetIdentity,
    DemoIdentity,
    FoolboxIdentity,
    ImageNetIdentity,
    ManifestIdentity,
)
from ssimball.config.study import StudyConfig
from ssimball.datasets import foolbox_files
from ssimball.errors import ConfigError
from ssimball.models.named_weights import address_of
from ssimball.models.names import Library, check_name, library_of, source_of
from ssimball.storage.provenance import file_sha256, json_sha256
from ssimball.storage.regular_files import remedy


def with_known_solvers(attacks: Mapping[str, AttackSettings]) -> dict[str, AttackSettings]:
    """Replace ``solver: auto`` of conic attacks by the solver that this machine would use.

    The solver is part of the result.

    Args:
        attacks: Settings of attacks by name.

    Returns:
        The same settings with every solver known to work on this machine.

    Raises:
        ConfigError: A solver has no licence.
    """
    resolved = dict(attacks)
    for name, settings in attacks.items():
        if isinstance(settings, SsimBallConicConfig):
            try:
                solver = check_solver(settings.solver)
            except ConfigError as error:
                raise ConfigError(f"attack_settings.{name}.{error}") from None
            resolved[name] = settings.model_copy(update={"solver": solver})
    return resolved


def _sha256_of(key: str, path: Path) -> str:
    """Return the sha256 of the file that ``key`` of the configuration names."""
    try:
        return file_sha256(path)
    except FileNotFoundError:
        reason = f"there is no file {path}"
    except OSError as error:
        reason = f"{path} cannot be read ({error.strerror})"
        raise ConfigError(f"{key}: {reason}; {remedy(error, _remedy(path))}") from None
    raise ConfigError(f"{key}: {reason}; {_remedy(path)}")


def _remedy(path: Path) -> str:
    return "correct the path" + ("" if path.is_absolute() else f", which starts at {Path.cwd()}")


def dataset_identity(study: StudyConfig) -> DatasetIdentity:
    """Return what decides which images the data set holds, without paths.

    The content of a manifest is left out: each shard depends on its own rows of it.

    Raises:
        ConfigError: A configured file or folder does not exist or cannot be read.
        DatasetError: The package foolbox lacks its photographs.
    """
    dataset = study.dataset
    if dataset.kind == "demo":
        return DemoIdentity(images=dataset.demo.images, seed=dataset.demo.seed)
    if dataset.kind == "foolbox":
        names = [Path(entry.location).name for entry in foolbox_files.photographs()]
        return FoolboxIdentity(files=json_sha256(names))
    if dataset.kind == "imagenet":
        boxes = dataset.imagenet.boxes
        if boxes is not None and not Path(boxes).is_dir():
            raise ConfigError(
                f"dataset.imagenet.boxes: there is no folder {boxes}; {_remedy(Path(boxes))}"
            )
        # The subset records the content of the boxes' files, as it does that of the images.
        return ImageNetIdentity(layout=dataset.imagenet.layout, boxes=boxes is not None)
    path = Path(dataset.manifest.path or "")
    _sha256_of("dataset.manifest.path", path)  # raises where it cannot be read
    return ManifestIdentity()


def model_identity(study: StudyConfig) -> ModelConfig:
    """Return the settings of the network, its weights and its own code identified by their sha256.

    Returns:
        ``weights`` of a file is the file's extension, so that its path does not matter.

    Raises:
        ConfigError: The weights file does not exist, or is not the one configured.
        ModelError: There is no network of this name, or there are no weights of this name.
    """
    # What is expected of the network decides no result of it.
    settings = _with_code(study.model.model_copy(update={"expected_top1": None}))
    path = settings.weights_file
    if path is not None:
        sha256 = _sha256_of("model.weights", path)
        if settings.sha256 not in (None, sha256):
            raise ConfigError(
                f"model.sha256: {path} has sha256 {sha256}, not {settings.sha256}; take the "
                "right file or correct the configuration"
            )
        return settings.model_copy(update={"weights": path.suffix, "sha256": sha256})
    if settings.shipped_file is not None:
        shipped = Path(__file__).parents[1] / "models" / settings.shipped_file
        return settings.model_copy(update={"sha256": file_sha256(shipped)})
    address_of(settings)  # raises where there are no such weights
    return settings


def _with_code(settings: ModelConfig) -> ModelConfig:
    """Return the settings of a network with the sha256 of the file that defines it, if its own.

    Raises:
        ConfigError: The file is not the one configured.
        ModelError: There is no network of this name.
    """
    check_name(settings.name)
    if library_of(settings.name) is not Library.OWN:
        return settings
    path = source_of(settings.name)
    sha256 = file_sha256(path)
    if settings.code_sha256 not in (None, sha256):
        raise ConfigError(
            f"model.code_sha256: {path} has sha256 {sha256}, not {settings.code_sha256}; take the "
            "right file or correct the configuration"
        )
    return settings.model_copy(update={"code_sha256": sha256})
