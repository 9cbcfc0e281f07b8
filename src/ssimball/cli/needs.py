"""What jobs read beside the folder of their run: packages, compiled code, weights, images."""

import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from ssimball.cli.commands.compile import compile_solver, is_to_be_compiled
from ssimball.cli.doctor.interface import State
from ssimball.cli.doctor.project import packages
from ssimball.config.dataset import DatasetConfig
from ssimball.config.model import ModelConfig
from ssimball.config.networks import other_networks
from ssimball.config.study import StudyConfig
from ssimball.datasets import foolbox_files
from ssimball.errors import ConfigError
from ssimball.models.names import Library, library_of, source_of
from ssimball.pipeline.network_trial import try_networks
from ssimball.pipeline.plan import Plan
from ssimball.runtime.compiled_folder import cache_folder
from ssimball.runtime.fingerprint import SOURCE_ROOT

#: Scripts of the rules, in the project's folder.
_SCRIPTS = Path("workflow/scripts")


@dataclass(frozen=True)
class Need:
    """One thing that jobs read.

    Attributes:
        name: what kind of thing it is.
        found: what was found, a phrase with its size.
        place: where it lies.
        variable: environment variable that names another place; None if there is none.
        is_new: whether it was fetched or compiled just now.
    """

    name: str
    found: str
    place: Path
    variable: str | None = None
    is_new: bool = False


def fetch_needs(study: StudyConfig, announce: Callable[[str], None]) -> Iterator[Need]:
    """Yield what the jobs of a run need; get what is not on this machine.

    Args:
        study: the checked configuration.
        announce: told what takes long, before it begins.

    Raises:
        SsimballError: something is missing or wrong, and cannot be got.
    """
    images = Plan(study, _SCRIPTS).subset.images
    yield _packages()
    if is_to_be_compiled():
        yield _solver()
    models = [study.model, *(network.model for network in other_networks(study).values())]
    named = {f"{model.name} {model.weights}": model for model in models}
    for name, model in named.items():
        yield _weights(name, model, announce)
    own = {model.name for model in models if library_of(model.name) is Library.OWN}
    for name in sorted(own):
        yield Need("network", f"{name}, your code", source_of(name))
    try_networks(study)
    yield Need("images", f"{images:,} of {study.dataset.kind}", _place_of(study.dataset))


def _packages() -> Need:
    found = packages()
    if found.state is not State.OK:
        raise ConfigError(found.found, found.remedy)
    return Need("packages", found.found, Path(sys.prefix))


def _solver() -> Need:
    was_there = compile_solver()
    files = list(cache_folder().glob("*.nb[ci]"))
    size = _size(sum(file.stat().st_size for file in files))
    return Need("solver", f"compiled, {size}", cache_folder(), "NUMBA_CACHE_DIR", not was_there)


def _weights(name: str, model: ModelConfig, announce: Callable[[str], None]) -> Need:
    if model.shipped_file is not None:
        return _file(name, SOURCE_ROOT / "ssimball" / "models" / model.shipped_file)
    if model.weights_file is not None:
        return _file(model.name, model.weights_file)
    # It imports torch, which takes seconds.
    from ssimball.models.weights import fetch, is_on_this_machine

    is_new = not is_on_this_machine(model)
    if is_new:
        announce(f"downloading {name}")
    return _file(name, fetch(model), "TORCH_HOME", is_new)


def _file(name: str, path: Path, variable: str | None = None, is_new: bool = False) -> Need:
    return Need("weights", f"{name}, {_size(path.stat().st_size)}", path, variable, is_new)


def _place_of(dataset: DatasetConfig) -> Path:
    """Return the folder or file that holds the images, or the code that makes them."""
    if dataset.kind == "manifest":
        return Path(dataset.manifest.path or "")
    if dataset.kind == "imagenet":
        return Path(dataset.imagenet.root or "")
    if dataset.kind == "foolbox":
        return Path(foolbox_files.photographs()[0].location).parent
    return SOURCE_ROOT / "ssimball" / "datasets" / "demo"


def _size(size: int) -> str:
    return f"{size / 1e6:.1f} MB"
