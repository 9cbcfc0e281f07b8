"""Load the networks of a run before its first job, each once in a folder."""

import signal
import subprocess
from collections.abc import Iterable
from pathlib import Path

from ssimball.config.model import ModelConfig
from ssimball.config.networks import other_networks
from ssimball.config.study import StudyConfig
from ssimball.errors import MachineError, ModelError
from ssimball.models.names import Library, library_of
from ssimball.pipeline.identity import model_identity
from ssimball.runtime.fingerprint import SOURCE_ROOT, fingerprint
from ssimball.runtime.processes import python_command, python_environment
from ssimball.storage.atomic import write_text
from ssimball.storage.provenance import json_sha256
from ssimball.storage.regular_files import read_text

#: Remembers, from the working directory, which networks could be loaded, and where downloads lie.
LOADED = Path(".snakemake", "ssimball", "loaded")
_PROGRAM = "ssimball.models.first_load"
#: Words of the last line of a process that got no memory.
_NO_MEMORY = ("bad_alloc", "failed to map segment", "MemoryError", "allocate memory")


def try_networks(study: StudyConfig) -> None:
    """Load each network in a process of its own, and run it on one image.

    Otherwise every shard would fail by itself where weights are of another network or cannot be
    downloaded. The process of the workflow stays without torch. Networks that are known to work
    are not loaded: those of this package, and torchvision's with weights of a stated sha256.

    Raises:
        ModelError: A network cannot be built or loaded, or does not give one logit for each class.
        MachineError: There is not enough memory for it.
    """
    models = [study.model, *(network.model for network in other_networks(study).values())]
    for model in _distinct(models):
        tried = study.model_copy(update={"model": model})
        code = fingerprint(SOURCE_ROOT.joinpath(*_PROGRAM.split(".")).with_suffix(".py"))
        content = [model_identity(tried).model_dump(mode="json"), study.preprocessing.crop, code]
        mark = LOADED / json_sha256(content)
        if not _is_still_there(mark):
            write_text(mark, _load(model, study.preprocessing.crop))


def _is_still_there(mark: Path) -> bool:
    """Return whether a network was loaded before, and its download, if it has one, is kept."""
    return mark.exists() and Path(read_text(mark)).exists()


def _load(model: ModelConfig, side: int) -> str:
    """Load a network, and return where its download lies; empty where there is none."""
    command = python_command("-m", _PROGRAM, str(side), model.model_dump_json())
    done = subprocess.run(
        command,
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=python_environment(PYTHONIOENCODING="utf-8"),
    )
    if done.returncode != 0:
        lines = done.stderr.strip().splitlines() or [f"exit status {done.returncode}"]
        killed = done.returncode == -signal.SIGKILL
        if killed or any(words in lines[-1] for words in _NO_MEMORY):
            raise MachineError(
                f"model: {model.name} cannot be loaded, since there is not enough memory; close "
                "other programs, raise ulimit -v, or use another machine"
            )
        known = lines[-1].startswith("model.")
        raise ModelError(lines[-1] if known else f"model: cannot be loaded ({lines[-1]})")
    return done.stdout.strip()


def _distinct(models: Iterable[ModelConfig]) -> Iterable[ModelConfig]:
    """Return the networks to load, each once whichever of its layers are randomised."""
    plain = [model.model_copy(update={"randomised_layers": 0}) for model in models]
    return {model.model_dump_json(): model for model in plain if not _is_known(model)}.values()


def _is_known(model: ModelConfig) -> bool:
    if library_of(model.name) is not Library.TORCHVISION:
        return False
    return model.shipped_file is not None or (model.names_file and model.sha256 is not None)
