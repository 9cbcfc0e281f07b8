"""Draw overlap against fooling, and the overlap of one attack by class and by network.

Reads the tests of the primary endpoint, the statistics across images and, if the run has networks
with random weights, theirs. Writes the figure as table, PDF and PNG.
"""

from pathlib import Path

from ssimball.config.stages.figures import FigureEvidenceStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.evidence import evidence_figure
from ssimball.report.figures.evidence_rows import evidence_rows
from ssimball.report.figures.files import publish
from ssimball.storage.contracts.figures import FIGURE_EVIDENCE
from ssimball.storage.contracts.overlap import PRIMARY, SUMMARY
from ssimball.storage.contracts.randomised import RANDOMISED
from ssimball.storage.tables import read_table

with job(snakemake, FigureEvidenceStage) as running:
    stage, given = running.stage, snakemake.input
    randomised = [read_table(Path(path), RANDOMISED).to_pylist() for path in given.randomised]
    rows = evidence_rows(
        read_table(Path(given.primary), PRIMARY).to_pylist(),
        read_table(Path(given.summary), SUMMARY).to_pylist(),
        randomised[0] if randomised else (),
        stage.attack,
    )
    publish(
        snakemake.output[0],
        FIGURE_EVIDENCE,
        rows,
        running.provenance(),
        lambda rows: evidence_figure(rows, confidence=stage.confidence, attack=stage.attack),
        dict(stage.renamed),
    )
