"""Summarise overlap across images, and compare the attacks.

Reads the overlap and the attack tables. Writes the statistics, the comparisons of pairs, answer.txt
and comparison.md.
"""

from pathlib import Path

from ssimball.config.stages.statistics import SummaryStage
from ssimball.pipeline.jobs import job
from ssimball.report.text.answer import answer_table
from ssimball.report.text.comparison import comparison_table
from ssimball.statistics.stored.summary import read_facts, summary_of_run
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.overlap import COMPARISONS, SUMMARY
from ssimball.storage.tables import write_table

with job(snakemake, SummaryStage) as running:
    stage = running.stage
    facts = read_facts(snakemake.input.attacks)
    results = summary_of_run(facts, Path(snakemake.input.overlap), stage)
    provenance = running.provenance()
    write_table(Path(snakemake.output.table), SUMMARY, results.summary, provenance)
    write_table(Path(snakemake.output.comparisons), COMPARISONS, results.comparisons, provenance)
    answer = answer_table(
        results.summary,
        confidence=stage.statistics.confidence,
        top=stage.top,
        pairs=results.comparisons,
        controls=stage.controls,
    )
    write_text(Path(snakemake.output.answer), answer)
    write_text(Path(snakemake.output.comparison), comparison_table(facts))
