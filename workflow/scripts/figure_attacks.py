"""Draw smallest perturbations, certificate gaps and costs.

Reads the attack tables. Writes four figures, each as table, PDF and PNG.
"""

from ssimball.config.stages.figures import FigureAttacksStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.files import publish
from ssimball.report.figures.spread import COSTS, GAPS, RADII, SECONDS, spread_figure
from ssimball.report.figures.spread_rows import (
    COLUMNS,
    cost_rows,
    gap_rows,
    radii_rows,
    second_rows,
)
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.figures import (
    FIGURE_COSTS,
    FIGURE_GAPS,
    FIGURE_RADII,
    FIGURE_SECONDS,
)
from ssimball.storage.tables import read_frames

with job(snakemake, FigureAttacksStage) as running:
    stage, given = running.stage, snakemake.output
    facts = read_frames(snakemake.input, ATTACKS, COLUMNS)
    provenance = running.provenance()
    for path, contract, rows, spread in (
        (given.radii[0], FIGURE_RADII, radii_rows(facts, stage.searched), RADII),
        (given.gaps[0], FIGURE_GAPS, gap_rows(facts, dict(stage.gaps)), GAPS),
        (given.costs[0], FIGURE_COSTS, cost_rows(facts), COSTS),
        (given.seconds[0], FIGURE_SECONDS, second_rows(facts), SECONDS),
    ):
        publish(
            path,
            contract,
            rows,
            provenance,
            lambda rows, of=spread: spread_figure(rows, of),
            dict(stage.renamed),
        )
