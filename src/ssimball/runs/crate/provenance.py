"""What made a run, from the metadata of its tables: packages, devices, networks."""

from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Any

from ssimball.runs.run import Run
from ssimball.storage.contracts.columns import network_name
from ssimball.storage.contracts.images import CLEAN


@dataclass
class Made:
    """What tables say of themselves, all of them together.

    Attributes:
        packages: name and version, each once; several versions of a package if it was changed on
            the way.
        devices: what was computed on.
        networks: settings of each network, by the name of the sweep, empty for the run's own.
    """

    packages: list[tuple[str, str]] = field(default_factory=list)
    devices: list[str] = field(default_factory=list)
    networks: dict[str, dict[str, Any]] = field(default_factory=dict)


def made(run: Run, tables: list[str]) -> Made:
    """Read the metadata of tables.

    Raises:
        ArtifactError: one of them is damaged.
    """
    packages, devices = set(), set()
    for path in tables:
        origin = run.origin(path)
        packages |= set(origin["packages"].items())
        devices.add(origin["device"])
    return Made(sorted(packages), sorted(devices), _networks(run, tables))


def _networks(run: Run, tables: list[str]) -> dict[str, dict[str, Any]]:
    found: dict[str, dict[str, Any]] = {}
    for path in run.of(CLEAN):
        if path in tables:
            place = path[: path.index("clean/")]
            name = network_name(place) or ""
            found.setdefault(name, run.origin(path)["stage"]["model"])
    return found


def weights_name(run: Run, network: str, model: dict[str, Any]) -> str:
    """What the weights are called: the file's name, or the name by which they are known.

    Args:
        network: name in the sweep; empty: the run's own.
        model: settings of the network as a table's stage holds them.
    """
    said = run.study.model.weights
    if network:
        said = run.study.sensitivity.networks[network].get("weights", said)
    # Not where the file lies on the machine of the run.
    name = PurePosixPath(said).name if model["weights"].startswith(".") else model["weights"]
    return f"{model['name']}, weights {name}"
