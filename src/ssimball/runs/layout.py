"""Which tables a run has, by its configuration alone, and which table a file is."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import product

from ssimball.config.study import StudyConfig
from ssimball.config.sweep import network_models, sweep_levels, swept_attacks
from ssimball.errors import ArtifactError
from ssimball.report.explorer.layout import explorer_files
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.causal import CAUSAL, CAUSAL_SUMMARY, CURVES, REFERENCE_CURVES
from ssimball.storage.contracts.columns import Contract, network_prefix
from ssimball.storage.contracts.images import CLASSES, CLEAN, SUBSET
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS, EXPLANATIONS_ATTACKED, SSIM
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP, SUMMARY
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.contracts.sensitivity import SENSITIVITY, SENSITIVITY_OVERLAP

_PATTERNS = [
    (
        re.compile(
            r"(?P<place>(networks/[^/]+/)?)"
            + re.sub("<([a-z]+)>", r"(?P<\1>[^/]+)", contract.path.replace(".", r"\."))
        ),
        contract,
    )
    for contract in CONTRACTS
]


@dataclass(frozen=True)
class Artifact:
    """A table by its place: ``place`` is that of its network, see ``network_prefix``."""

    path: str
    contract: Contract
    place: str
    attack: str = ""
    explanation: str = ""
    shard: str = ""

    def beside(self, contract: Contract, **names: str) -> str:
        """Path of another table of the same network, attack, explanation and shard.

        Args:
            names: ``attack``, ``explanation`` or ``shard`` where it is another one.
        """
        own = {"attack": self.attack, "explanation": self.explanation, "shard": self.shard}
        return self.place + contract.at(**(own | names))


def artifact_of(path: str) -> Artifact:
    """What a path says of a table.

    Raises:
        ArtifactError: it is none of the run's tables.
    """
    for pattern, contract in _PATTERNS:
        match = pattern.fullmatch(path)
        if match is not None:
            return Artifact(path, contract, **match.groupdict())
    raise ArtifactError(f"{path}: is none of the tables of a run")


def tables(study: StudyConfig, shards: Iterable[str]) -> list[str]:
    """Paths of all tables, in the order in which they are made."""
    shards = list(shards)
    swept = list(swept_attacks(sweep_levels(study)))
    attacks = list(dict.fromkeys([*study.attacks, *swept]))
    found = [CLASSES.path, *(SUBSET.at(shard=shard) for shard in shards)]
    found += _of_network("", attacks, study.explanations, shards)
    for name in network_models(study):
        found += _of_network(network_prefix(name), [study.sensitivity.base], ["cam"], shards)
    for attack, shard in product(study.attacks, shards):
        for explanation in study.attacked_explanations:
            names = {"attack": attack, "explanation": explanation, "shard": shard}
            found.append(EXPLANATIONS_ATTACKED.at(**names))
        if study.causal.enabled:
            found += [one.at(attack=attack, shard=shard) for one in (CAUSAL, CURVES)]
    found += [OVERLAP.path, SUMMARY.path, COMPARISONS.path]
    if study.causal.enabled:
        found += [REFERENCE_CURVES.at(shard=shard) for shard in shards]
        found.append(CAUSAL_SUMMARY.path)
    if study.sensitivity.enabled:
        found += [SENSITIVITY_OVERLAP.path, SENSITIVITY.path]
    return [*found, *(f"{figure}.parquet" for figure in figures(study))]


def figures(study: StudyConfig) -> list[str]:
    """Paths of the figures, without .pdf, .png and the .parquet of what they show."""
    found = ["overview", *(f"sheet_{attack}" for attack in study.attacks), "paired"]
    found += ["fooling", "radii", "gaps", "costs", "seconds"]
    found += ["causal"] if study.causal.enabled else []
    found += ["sensitivity"] if study.sensitivity.enabled else []
    return [f"figures/{name}" for name in found]


def texts(study: StudyConfig) -> list[str]:
    """Paths of what a run says in words."""
    found = ["answer.txt", "comparison.md"]
    found += ["causal.txt"] if study.causal.enabled else []
    return found + (["sensitivity.txt"] if study.sensitivity.enabled else [])


def explorer(study: StudyConfig, images: int) -> list[str]:
    """Paths of the explorer's files."""
    return explorer_files(images, study.report.images)


def _of_network(
    place: str, attacks: Iterable[str], explanations: Iterable[str], shards: list[str]
) -> Iterator[str]:
    for shard in shards:
        yield place + CLEAN.at(shard=shard)
        for explanation in explanations:
            yield place + EXPLANATIONS.at(explanation=explanation, shard=shard)
    for attack, shard in product(attacks, shards):
        for contract in (ATTACKS, SSIM, DISTORTION):
            yield place + contract.at(attack=attack, shard=shard)
