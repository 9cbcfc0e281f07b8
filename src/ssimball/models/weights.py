"""Load a network's weights: the demo's two, torchvision's by name, or a local file."""

import hashlib
from importlib.resources import files
from pathlib import Path
from urllib.error import URLError

import safetensors.torch
import torch

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models.checkpoints import State, read_weights
from ssimball.models.named_weights import address_of
from ssimball.runtime.faults import machine_fault
from ssimball.storage.regular_files import read_regular, remedy


def load_state(settings: ModelConfig) -> State:
    """Return the weights that the settings name, by their names in the file.

    Raises:
        ConfigError: the weights are in a package that is not installed.
        ModelError: there are no such weights or no such file, the sha256 is wrong, the file holds
            no weights, or they cannot be downloaded.
    """
    if settings.shipped_file is not None:
        content = (files("ssimball") / "models" / settings.shipped_file).read_bytes()
        return safetensors.torch.load(content)
    if (path := settings.weights_file) is not None:
        return _read(path, settings.sha256)
    return _named(settings)


def _read(path: Path, sha256: str | None) -> State:
    try:
        content = read_regular(path)
    except OSError as error:
        raise ModelError(
            f"model.weights: cannot read {path} ({error.strerror}); "
            f"{remedy(error, 'correct the path')}"
        ) from None
    found = hashlib.sha256(content).hexdigest()
    if sha256 is not None and found != sha256:
        raise ModelError(
            f"model.weights: {path} has sha256 {found}, model.sha256 says {sha256}; "
            "take the right file or correct the configuration"
        )
    return read_weights(path, content)


def downloads() -> Path:
    """Return the folder of this machine that holds downloaded weights."""
    return Path(torch.hub.get_dir()) / "checkpoints"


def is_on_this_machine(settings: ModelConfig) -> bool:
    """Return whether shipped or named weights can be read without a download.

    Raises:
        ModelError: there are no such weights.
    """
    return settings.shipped_file is not None or _download_of(settings)[1].exists()


def fetch(settings: ModelConfig) -> Path:
    """Return the file of named weights, downloaded if it is not on this machine.

    Raises:
        ModelError: there are no such weights, or they cannot be downloaded.
    """
    url, target = _download_of(settings)
    if not target.exists():
        _download(settings, url, target)
    return target


def _named(settings: ModelConfig) -> State:
    return _read(fetch(settings), settings.sha256)


def _download_of(settings: ModelConfig) -> tuple[str, Path]:
    """Return the address of named weights, and the file that holds them once downloaded."""
    url = address_of(settings)
    return url, downloads() / url.rpartition("/")[2]


def _download(settings: ModelConfig, url: str, target: Path) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        # torchvision's file names end in the first digits of their sha256, which torch checks.
        prefix = target.stem.rpartition("-")[2]
        torch.hub.download_url_to_file(url, str(target), hash_prefix=prefix, progress=False)
    except (URLError, OSError, RuntimeError) as error:
        if machine_fault(error) is not None:  # a full disk, for example
            raise
        raise ModelError(
            f"model.weights: {settings.weights} of {settings.name} is not on this machine and "
            f"could not be downloaded ({error}). On a machine with network get {url}, and put it "
            f"here as {target}; or set model.weights to a file you have"
        ) from None
