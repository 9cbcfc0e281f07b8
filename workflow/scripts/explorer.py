"""Write the explorer: the run as pages for a browser.

Reads the tables, texts and figures of the run. Writes report/index.html and all files beside it.
"""

from pathlib import Path

from ssimball.config.stages.publishing import ExplorerStage
from ssimball.pipeline.jobs import job
from ssimball.report.explorer.contents import explorer_contents, write_explorer
from ssimball.report.explorer.run_tables import RunTables

with job(snakemake, ExplorerStage) as running:
    shards = tuple(Path(path).stem for path in snakemake.input.subset)
    run = RunTables(running.folder, shards, running.stage)
    contents = explorer_contents(run)
    count = len(snakemake.output) + len(snakemake.params.beside)
    # <run>/report/index.html
    target = Path(snakemake.output[0]).parents[1]
    write_explorer(run, target, running.report_progress(contents, count, "explorer"))
