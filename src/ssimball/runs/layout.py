"""The files that a run has, known from its configuration alone, and the table that a path names."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from ssimball.config.networks import other_networks, randomised_networks
from ssimball.config.study import StudyConfig
from ssimball.config.sweep import sweep_levels, swept_attacks
from ssimball.errors import ArtifactError
from ssimball.report.explorer.layout import FOLDER as EXPLORER
from ssimball.report.explorer.layout import explorer_files
from ssimball.report.figures.chosen import figures_of
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.columns import Contract, network_prefix
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import (
    CLASS_CAMS,
    DISTORTION,
    EXPLANATIONS,
    EXPLANATIONS_ATTACKED,
    REFERENCES,
    SSIM,
)
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED, RANDOMISED_OVERLAP
from ssimball.storage.contracts.region_noise import REGION_NOISE, REGION_NOISE_SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST, REGION_TEST_SUMMARY
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP

_PATTERNS = [
    (
        re.compile(
            r"(?P<network_prefix>(networks/[^/]+/)?)"
            + re.sub("<([a-z]+)>", r"(?P<\1>[^/]+)", contract.path.replace(".", r"\."))
        ),
        contract,
    )
    for contract in CONTRACTS
]
#: Folders that hold the files of a run.
FOLDERS = {
    *(contract.path.partition("/")[0] for contract in CONTRACTS if "/" in contract.path),
    *("networks", "figures", EXPLORER),
}


@dataclass(frozen=True)
class Artifact:
    """A table of a run, and what its path says of it.

    Attributes:
        path: relative to the run's folder.
        contract: contract that the table has to follow.
        network_prefix: what the path begins with for a network beside the run's own, such as
            ``networks/resnet/``; empty for the run's own network.
        attack, explanation, shard: names in the path; empty where the path has none.
    """

    path: str
    contract: Contract
    network_prefix: str
    attack: str = ""
    explanation: str = ""
    shard: str = ""

    def sibling(self, contract: Contract, **names: str) -> str:
        """Return the path of another table of the same network, attack, explanation and shard.

        Args:
            contract: contract of the other table.
            names: ``attack``, ``explanation`` or ``shard`` where it is another one.
        """
        own = {"attack": self.attack, "explanation": self.explanation, "shard": self.shard}
        return self.network_prefix + contract.at(**(own | names))


def artifact_of(path: str) -> Artifact:
    """Return the table that a path names, relative to the run's folder.

    Raises:
        ArtifactError: the path names none of the run's tables.
    """
    for pattern, contract in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is not None:
            return Artifact(path, contract, **match.groupdict())
    raise ArtifactError(f"{path}: is none of the tables of a run")


def table_paths(study: StudyConfig, shards: Iterable[str]) -> list[str]:
    """Return the paths of all tables, in the order in which the workflow makes them."""
    shards = list(shards)
    swept = list(swept_attacks(sweep_levels(study)))
    attacks = list(dict.fromkeys([*study.attacks, *swept]))
    paths = [CLASSES.path, *(SUBSET.at(shard=shard) for shard in shards)]
    paths += _of_network("", attacks, study.explanations, shards)
    paths += [CLASS_CAMS.at(shard=shard) for shard in shards]
    for name, network in other_networks(study).items():
        paths += _of_network(network_prefix(name), network.attacks, ["cam"], shards)
    for attack, shard in product(study.attacks, shards):
        for explanation in study.attacked_explanations:
            names = {"attack": attack, "explanation": explanation, "shard": shard}
            paths.append(EXPLANATIONS_ATTACKED.at(**names))
        if study.causal.enabled:
            paths.append(CURVES.at(attack=attack, shard=shard))
    paths += [OVERLAP.path, PRIMARY.path, SUMMARY.path, COMPARISONS.path]
    if study.causal.enabled:
        paths += [REFERENCE_CURVES.at(shard=shard) for shard in shards]
        paths.append(CAUSAL_SUMMARY.path)
    if study.region_noise.enabled:
        paths += [REGION_NOISE.at(shard=shard) for shard in shards]
        paths.append(REGION_NOISE_SUMMARY.path)
    if study.confined_attack is not None:
        paths += [REGION_TEST.at(shard=shard) for shard in shards]
        paths.append(REGION_TEST_SUMMARY.path)
    if randomised_networks(study):
        paths += [RANDOMISED_OVERLAP.path, RANDOMISED.path]
    if study.sensitivity.enabled:
        paths += [SENSITIVITY_OVERLAP.path, SENSITIVITY.path]
    return [*paths, *(f"{figure}.parquet" for figure in figure_paths(study))]


def figure_paths(study: StudyConfig) -> list[str]:
    """Return the paths of all figures without ``.pdf``, ``.png`` and the data's ``.parquet``."""
    names = [name for drawn in figures_of(study).values() for name in drawn]
    names += [f"sheet_{attack}" for attack in study.attacks]
    return [f"figures/{name}" for name in names]


def text_paths(study: StudyConfig) -> list[str]:
    """Return the paths of the texts that report a run in words."""
    paths = ["answer.txt", "answer.md", "answer.json", "details.md", "comparison.md"]
    paths += ["causal.txt"] if study.causal.enabled else []
    return paths + (["sensitivity.txt"] if study.sensitivity.enabled else [])


def explorer_paths(study: StudyConfig, images: int) -> list[str]:
    """Return the paths of the explorer's files for a run of so many images."""
    return explorer_files(images, study.report.images)


def _of_network(
    prefix: str, attacks: Iterable[str], explanations: Iterable[str], shards: list[str]
) -> Iterator[str]:
    for shard in shards:
        yield prefix + CLEAN.at(shard=shard)
        for explanation in explanations:
            yield prefix + EXPLANATIONS.at(explanation=explanation, shard=shard)
        yield prefix + REFERENCES.at(shard=shard)
    for attack, shard in product(attacks, shards):
        for contract in (ATTACKS, SSIM, DISTORTION):
            yield prefix + contract.at(attack=attack, shard=shard)
