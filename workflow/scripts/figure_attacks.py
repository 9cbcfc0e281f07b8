"""Draw smallest perturbations, certificate gaps and costs.

Reads the attack tables. Writes each figure as table, PDF and PNG.
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
    stage = running.stage
    facts = read_frames(snakemake.input, ATTACKS, COLUMNS)
    provenance = running.provenance()
    figures = {
        "radii": (FIGURE_RADII, lambda: radii_rows(facts, stage.searched), RADII),
        "gaps": (FIGURE_GAPS, lambda: gap_rows(facts, dict(stage.gaps)), GAPS),
        "costs": (FIGURE_COSTS, lambda: cost_rows(facts), COSTS),
        "seconds": (FIGURE_SECONDS, lambda: second_rows(facts), SECONDS),
    }
    for name in stage.drawn:
        contract, rows, spread = figures[name]
        publish(
            running.folder / contract.path,
            contract,
            rows(),
            provenance,
            lambda rows, of=spread: spread_figure(rows, of),
            stage,
        )
