"""Overlap at every level of the sensitivity sweep, image by image, with nulls."""

from dataclasses import replace
from pathlib import Path

from ssimball.config.stages.overlap import SensitivityOverlapStage
from ssimball.overlap.inputs import read_attacks, read_maps
from ssimball.overlap.sensitivity import sensitivity_table
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.columns import network_prefix
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP
from ssimball.storage.tables import write_table


def of_network(paths, folder, name):
    """The paths that lie in the place of a network."""
    return [path for path in paths if Path(path).is_relative_to(folder / network_prefix(name))]


with job(snakemake, SensitivityOverlapStage) as running:
    stage, given = running.stage, snakemake.input
    own = read_maps(given.clean, given.explanations, stage.explanations)
    stored = running.report_progress(given.distortions, len(given.distortions), "sensitivity")
    own = replace(own, distortions=read_attacks(stored, stage.distortions))
    networks = {}
    for name in dict.fromkeys(level.network for level in stage.levels):
        if name is not None:
            clean, cams, distortions = (
                of_network(paths, running.folder, name)
                for paths in (given.other_clean, given.other_cams, given.other_distortions)
            )
            found = read_attacks(distortions, ["deficit"])
            networks[name] = replace(read_maps(clean, cams), distortions=found)
    rows = sensitivity_table(
        stage.levels,
        stage.base,
        own,
        networks,
        top=stage.overlap.top,
        null_draws=stage.overlap.null_draws,
        seed=stage.seed,
    )
    write_table(Path(snakemake.output[0]), SENSITIVITY_OVERLAP, list(rows), running.provenance())
