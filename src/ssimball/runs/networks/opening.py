"""Open the runs to compare, and check that they differ in the network alone."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssimball.config.changes import changed_settings
from ssimball.config.networks import measured_attack
from ssimball.config.stages.statistics import SummaryStage
from ssimball.config.study import effective
from ssimball.errors import ArtifactError, ConfigError
from ssimball.runs.local_files import LocalFiles
from ssimball.runs.run import Run
from ssimball.statistics.inference import Inference
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.overlap import PRIMARY

#: What the names of runs begin with that are named after their network.
PREFIX = "network_"
#: Sections in which the runs may differ: the network, and what decides no result. The photographs
#: are compared themselves.
_FREE = ("run", "model", "dataset", "execution", "figures", "report", "claims")


@dataclass(frozen=True)
class NetworkRun:
    """A finished run, as one of several networks.

    Attributes:
        name: name of the network.
        run: the run.
        inference: settings of its intervals and tests.
        ball: the attack in the SSIM ball that networks with random weights were measured with.
    """

    name: str
    run: Run
    inference: Inference
    ball: str


def open_networks(folders: Sequence[Path], local: LocalFiles | None = None) -> list[NetworkRun]:
    """Open finished runs of the same photographs and settings on different networks.

    Args:
        folders: results folders, at least two.
        local: files of this machine that the runs may use.

    Raises:
        ConfigError: there are fewer than two, or two of one name.
        ArtifactError: one holds no finished run, or two differ in more than the network.
    """
    if len(folders) < 2:
        raise ConfigError("name at least two runs, each of another network")
    runs = [_finished(Run(folder, local)) for folder in folders]
    for run in runs[1:]:
        _check_comparable(runs[0], run)
    names = [run.study.run.removeprefix(PREFIX) for run in runs]
    for name, count in Counter(names).items():
        if count > 1:
            raise ConfigError(
                f"{count} of the runs are called {name!r}; name each run of a network once"
            )
    weights = {run.study.model.model_dump_json(exclude={"expected_top1"}): run for run in runs}
    if len(weights) < len(runs):
        raise ConfigError("two of the runs have the same network; name one of them")
    return [_network(name, run) for name, run in zip(names, runs, strict=True)]


def _finished(run: Run) -> Run:
    missing = next((path for path in run.checksums if not (run.folder / path).is_file()), None)
    if missing is not None:
        raise ArtifactError(
            f"{run.folder / missing}: no such file, although the run lists it; run again"
        )
    return run


def _check_comparable(first: Run, other: Run) -> None:
    changes = changed_settings(effective(first.study), effective(other.study))
    differing = [c.key for c in changes if c.key.partition(".")[0] not in _FREE]
    if differing:
        raise ArtifactError(
            f"{first.folder} and {other.folder}: made with different settings: "
            f"{', '.join(differing)}; only the network may differ"
        )
    pictures = [
        {row["image_id"]: (row["label"], row["sha256"]) for row in run.subset}
        for run in (first, other)
    ]
    if pictures[0] != pictures[1]:
        everything = sorted(pictures[0].keys() | pictures[1].keys())
        image = next(i for i in everything if pictures[0].get(i) != pictures[1].get(i))
        raise ArtifactError(
            f"{first.folder} and {other.folder}: not of the same photographs and labels, "
            f"{image} is one that differs; make both from one list"
        )


def _network(name: str, run: Run) -> NetworkRun:
    ball = measured_attack(run.study)
    if ball is None or run.study.confined_attack != ball:
        raise ArtifactError(
            f"{run.folder}: has no region test of an attack in the SSIM ball; run it with "
            "config/study_networks.yaml"
        )
    inference = inference_of_run(run.files(CLEAN), run.stage(PRIMARY.path, SummaryStage))
    return NetworkRun(name, run, inference, ball)
