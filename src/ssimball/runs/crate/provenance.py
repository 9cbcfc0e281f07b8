"""The software, devices and networks that made a run, from the metadata of its tables."""

from dataclasses import dataclass
from pathlib import PurePosixPath

from ssimball.config.stages.images import CleanStage
from ssimball.runs.run import Run
from ssimball.storage.contracts.columns import network_name
from ssimball.storage.contracts.images import CLEAN


@dataclass(frozen=True)
class NetworkWeights:
    """A network that a run classified with.

    Attributes:
        network: name in the sensitivity sweep; empty for the run's own network.
        name: architecture and name of the weights, without the folder they were in.
        sha256: of the file of weights; None where they are known by name.
        is_shipped: whether they come with this package.
    """

    network: str
    name: str
    sha256: str | None
    is_shipped: bool = False


@dataclass(frozen=True)
class RunProvenance:
    """What the tables of a run record of their origins, taken together.

    Attributes:
        packages: sorted names and versions; a package that was changed during the run has several.
        devices: sorted names of the devices that computed it.
        networks: networks of the run.
    """

    packages: list[tuple[str, str]]
    devices: list[str]
    networks: list[NetworkWeights]


def provenance_of(run: Run, tables: list[str]) -> RunProvenance:
    """Read the metadata of a run's tables.

    Raises:
        ArtifactError: one of them is damaged.
    """
    origins = [run.origin(path) for path in tables]
    packages = {package for origin in origins for package in origin.packages.items()}
    devices = {str(origin.device) for origin in origins}
    return RunProvenance(sorted(packages), sorted(devices), _networks(run, tables))


def _networks(run: Run, tables: list[str]) -> list[NetworkWeights]:
    networks: dict[str, NetworkWeights] = {}
    for table in run.tables:
        name = network_name(table.network_prefix) or ""
        if table.contract == CLEAN and table.path in tables and name not in networks:
            networks[name] = _weights(run, table.path, name)
    return list(networks.values())


def _weights(run: Run, clean: str, network: str) -> NetworkWeights:
    configured = run.study.model.weights
    if network:
        configured = run.study.sensitivity.networks.get(network, {}).get("weights", configured)
    model = run.stage(clean, CleanStage).model
    # A file's suffix marks weights from a file; its folder says nothing on another machine.
    from_file = model.weights.startswith(".")
    name = PurePosixPath(configured).name if from_file else model.weights
    is_shipped = model.weights == "demo"
    return NetworkWeights(network, f"{model.name}, weights {name}", model.sha256, is_shipped)
