"""Overlap, image by image, from the stored maps."""

from dataclasses import replace
from typing import Any

from ssimball.config.stages.overlap import OverlapStage, SensitivityOverlapStage
from ssimball.overlap.inputs import Maps, read_attacks, read_maps
from ssimball.overlap.sensitivity import sensitivity_table
from ssimball.overlap.table import overlap_table
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.run import Run
from ssimball.storage.contracts.columns import network_prefix
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.contracts.maps import DISTORTION, EXPLANATIONS
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP

AnyOverlapStage = OverlapStage | SensitivityOverlapStage
#: Measures are sums over some tens of cells in float64.
TOLERANCE = 1e-9


def _maps(run: Run, stage: AnyOverlapStage, attacks: set[str], network: str | None = None) -> Maps:
    """The stored maps of a network, with the distortions of some attacks."""
    own = network is None
    place = network_prefix(network)

    def paths(contract: Any) -> list[str]:
        chosen = [
            one for one in run.tables if one.contract == contract and one.network_prefix == place
        ]
        if contract == DISTORTION:
            chosen = [one for one in chosen if one.attack in attacks]
        return [str(run.folder / one.path) for one in chosen]

    maps = read_maps(paths(CLEAN), paths(EXPLANATIONS), stage.explanations if own else ())
    names = stage.distortions if own else ["deficit"]
    return replace(maps, distortions=read_attacks(paths(DISTORTION), names))


def _overlap(run: Run, artifact: str, tally: Tally) -> None:
    if artifact == OVERLAP.path:
        stage = run.stage(artifact, OverlapStage)
        maps = _maps(run, stage, set(stage.attacks))
        found = overlap_table(
            list(maps.cams),
            maps.cams,
            {attack: maps.distortions[attack] for attack in stage.attacks},
            maps.masks,
            maps.textures,
            maps.explanations,
            top=stage.overlap.top,
            null_draws=stage.overlap.null_draws,
            seed=stage.seed,
        )
        contract = OVERLAP
    else:
        sweep = run.stage(artifact, SensitivityOverlapStage)
        own = _maps(run, sweep, set(sweep.attacks))
        others = dict.fromkeys(level.network for level in sweep.levels if level.network)
        networks = {name: _maps(run, sweep, {sweep.base}, name) for name in others}
        found = list(
            sensitivity_table(
                sweep.levels,
                sweep.base,
                own,
                networks,
                top=sweep.overlap.top,
                null_draws=sweep.overlap.null_draws,
                seed=sweep.seed,
            )
        )
        contract = SENSITIVITY_OVERLAP
    names = [column.name for column in contract.columns]
    tally.rows(names, found, run.rows(artifact), TOLERANCE)


CHECKS = (
    Check(
        "overlap",
        "its values follow from the stored maps",
        lambda run: run.paths_of(OVERLAP, SENSITIVITY_OVERLAP),
        _overlap,
    ),
)
