"""Summarise how much the overlap depends on choices.

Reads the clean tables, the overlap at every level of the sweep and the attack tables. Writes a
table, a text and two figures.
"""

from pathlib import Path

from ssimball.config.stages.statistics import SensitivityStage
from ssimball.pipeline.jobs import job
from ssimball.report.figures.dose import dose_figure
from ssimball.report.figures.dose_rows import dose_rows
from ssimball.report.figures.files import publish
from ssimball.report.figures.rows import sensitivity_rows
from ssimball.report.figures.sensitivity import sensitivity_figure
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.statistics.stored.sensitivity import sensitivity_summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.figures import FIGURE_DOSE, FIGURE_SENSITIVITY
from ssimball.storage.contracts.sensitivity import SENSITIVITY
from ssimball.storage.tables import write_table

with job(snakemake, SensitivityStage) as running:
    stage, given = running.stage, snakemake.input
    inference = inference_of_run(given.clean, stage)
    rows = sensitivity_summary_of_run(
        Path(given.overlap), given.attacks, given.other_attacks, inference
    )
    provenance, confidence = running.provenance(), stage.statistics.confidence
    write_table(Path(snakemake.output.table), SENSITIVITY, rows, provenance)
    write_text(Path(snakemake.output.text), sensitivity_text(rows, confidence))
    publish(
        snakemake.output.sensitivity[0],
        FIGURE_SENSITIVITY,
        sensitivity_rows(rows),
        provenance,
        lambda rows: sensitivity_figure(rows, confidence=confidence),
    )
    publish(
        snakemake.output.dose[0],
        FIGURE_DOSE,
        dose_rows(rows, stage.budgets),
        provenance,
        lambda rows: dose_figure(rows, confidence=confidence),
    )
