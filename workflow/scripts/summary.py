"""Test the primary endpoint, summarise overlap across images, and compare the attacks.

Reads the clean, the overlap and the attack tables. Writes the tests, the statistics, the
comparisons of pairs, comparison.md and details.md.
"""

from pathlib import Path

from ssimball.config.stages.statistics import SummaryStage
from ssimball.pipeline.jobs import job
from ssimball.report.answer.details import details_table
from ssimball.report.text.comparison import comparison_text
from ssimball.statistics.stored.summary import read_facts, summary_of_run
from ssimball.statistics.stored.units import inference_of_run
from ssimball.storage.atomic import write_text
from ssimball.storage.contracts.overlap import COMPARISONS, PRIMARY, SUMMARY
from ssimball.storage.tables import write_table

with job(snakemake, SummaryStage) as running:
    stage, given, made = running.stage, snakemake.input, snakemake.output
    facts = read_facts(given.attacks)
    inference = inference_of_run(given.clean, stage)
    results = summary_of_run(facts, Path(given.overlap), stage, inference)
    provenance = running.provenance()
    write_table(Path(made.primary), PRIMARY, results.primary, provenance)
    write_table(Path(made.table), SUMMARY, results.summary, provenance)
    write_table(Path(made.comparisons), COMPARISONS, results.comparisons, provenance)
    write_text(Path(made.comparison), comparison_text(facts, stage, inference))
    write_text(Path(made.details), details_table(results.summary))
