"""Measure overlap at every level of the sensitivity sweep for each image.

Reads explanations, reference maps and distortions of the run's own and of other networks. Writes
sensitivity_overlap.parquet.
"""

from pathlib import Path

from ssimball.config.stages.overlap import SensitivityOverlapStage
from ssimball.overlap.run import MapFiles, sensitivity_of_run
from ssimball.pipeline.jobs import job
from ssimball.storage.contracts.columns import network_prefix
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP
from ssimball.storage.tables import write_table


def files_of(network, given, folder):
    """Choose the files made with another network, which lie in a folder of its own."""
    root = folder / network_prefix(network)
    tables = (given.other_cams, given.other_references, given.other_distortions)
    return MapFiles(
        *([path for path in paths if Path(path).is_relative_to(root)] for paths in tables)
    )


with job(snakemake, SensitivityOverlapStage) as running:
    given = snakemake.input
    distortions = running.report_progress(given.distortions, len(given.distortions), "sensitivity")
    rows = sensitivity_of_run(
        MapFiles(given.explanations, given.references, distortions),
        lambda network: files_of(network, given, running.folder),
        running.stage,
    )
    write_table(Path(snakemake.output[0]), SENSITIVITY_OVERLAP, rows, running.provenance())
