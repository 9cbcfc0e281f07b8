"""The overlap tables of a run, from its stored maps; the workflow and the audit both call these."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ssimball.config.stages.overlap import OverlapStage, SensitivityOverlapStage
from ssimball.config.stages.randomised import RandomisedStage
from ssimball.overlap.inputs import Maps, StoredDistortions, read_classes, read_maps
from ssimball.overlap.randomised import network_overlaps
from ssimball.overlap.sensitivity import level_overlaps
from ssimball.overlap.table import OverlapSettings, overlaps
from ssimball.storage.contracts.columns import Contract, network_prefix
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, REFERENCES

Row = dict[str, Any]


@dataclass(frozen=True)
class MapFiles:
    """Files of the stored tables that overlap is measured from, made with one network.

    Attributes:
        explanations: of the ``explanations`` table, in folders named by the explanation.
        references: of the ``references`` table.
        distortions: of the ``distortions`` table, in folders named by the attack.
        class_cams: of the ``class_cams`` table; none where these CAMs are not compared.
    """

    explanations: Iterable[str]
    references: Iterable[str]
    distortions: Iterable[str]
    class_cams: Iterable[str] = ()

    def of_network(self, folder: Path, network: str | None) -> "MapFiles":
        """Return the explanations, references and distortions made with one network.

        Args:
            folder: the run's folder.
            network: name of the network, whose files lie in a folder of its own; None stands for
                the run's network.
        """
        root = folder / network_prefix(network)

        def chosen(paths: Iterable[str], contract: Contract) -> list[str]:
            depth = contract.path.count("/")
            return [path for path in paths if Path(path).parents[depth] == root]

        return MapFiles(
            chosen(self.explanations, EXPLANATIONS),
            chosen(self.references, REFERENCES),
            chosen(self.distortions, DISTORTION),
        )

    def read(self, distortions: Iterable[str], explanations: Iterable[str] = ()) -> Maps:
        """Read the maps; distortions are read when they are asked for.

        Args:
            distortions: names of the distortions to read.
            explanations: names of the explanations to read beside ``cam``.
        """
        maps = read_maps(self.explanations, self.references, explanations)
        return replace(
            maps,
            distortions=StoredDistortions(self.distortions, distortions),
            class_cams=read_classes(self.class_cams),
        )


def overlap_of_run(
    files: MapFiles, stage: OverlapStage, attacks: Iterable[str] | None = None
) -> Iterator[Row]:
    """Measure the overlap of every image under every attack of a run, attack by attack.

    Args:
        files: of the run's own network.
        stage: what is measured.
        attacks: the attacks of the stage, which may be wrapped in a progress bar.

    Returns:
        Rows of contracts.overlap.OVERLAP.
    """
    maps = files.read(stage.distortions, stage.explanations)
    measured = overlaps(maps, _settings(stage), stage.attacks if attacks is None else attacks)
    return (overlap.row() for overlap in measured)


def sensitivity_of_run(
    files: MapFiles, files_of: Callable[[str], MapFiles], stage: SensitivityOverlapStage
) -> Iterator[Row]:
    """Measure the overlap at every level of a run's sensitivity sweep, level by level.

    Args:
        files: of the run's own network.
        files_of: from the name of another network to its files.
        stage: what is measured.

    Returns:
        Rows of contracts.sensitivity.SENSITIVITY_OVERLAP.
    """
    run = files.read(stage.distortions, stage.explanations)
    names = dict.fromkeys(level.network for level in stage.levels if level.network is not None)
    networks = {name: files_of(name).read(["deficit"]) for name in names}
    found = level_overlaps(stage.levels, run, networks, _settings(stage))
    return (overlap.row() for overlap in found)


def randomised_overlap_of_run(
    files_of: Callable[[str | None], MapFiles], stage: RandomisedStage
) -> list[Row]:
    """Measure the overlap on a run's own network and on those with random weights.

    Args:
        files_of: from the name of a network to its files; None stands for the run's own.
        stage: what is measured.

    Returns:
        Rows of contracts.randomised.RANDOMISED_OVERLAP.
    """
    maps = {network: files_of(network.name).read(["deficit"]) for network in stage.networks}
    return [overlap.row() for overlap in network_overlaps(maps, _settings(stage))]


def _settings(stage: OverlapStage | RandomisedStage | SensitivityOverlapStage) -> OverlapSettings:
    return OverlapSettings(stage.overlap.top, stage.overlap.null_draws, stage.seed)
