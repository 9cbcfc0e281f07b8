"""Draw the figures of the answer.

Reads the overlap, the tests of the primary endpoint, the statistics across images and, if the run
has networks with random weights, theirs. Writes each figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureEvidenceStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.evidence_drawn import DRAW
from ssimball.report.figures.evidence_rows import EVIDENCE_ROWS, EvidenceTables, differences_of
from ssimball.report.figures.files import publish
from ssimball.storage.contracts.overlap import PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED
from ssimball.storage.tables import read_table

with job(snakemake, FigureEvidenceStage) as running:
    stage, given = running.stage, snakemake.input
    # None or one: the run may have no such networks.
    randomised = [read_table(Path(path), RANDOMISED).to_pylist() for path in given.randomised]
    tables = EvidenceTables(
        read_table(Path(given.primary), PRIMARY).to_pylist(),
        read_table(Path(given.summary), SUMMARY).to_pylist(),
        differences_of(Path(given.overlap)),
        randomised[0] if randomised else (),
    )
    provenance = running.provenance()
    for name in stage.drawn:
        contract, rows = EVIDENCE_ROWS[name]
        publish(
            running.folder / contract.path,
            contract,
            rows(tables, stage),
            provenance,
            lambda rows, name=name: DRAW[name](rows, stage),
            stage,
        )
