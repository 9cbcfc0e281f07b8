"""Write the explorer: the run as pages for a browser."""

from pathlib import Path

from ssimball.jobs import job
from ssimball.report.explorer import explorer_contents, write_explorer
from ssimball.report.shown import Shown

with job(snakemake) as running:
    shards = tuple(Path(path).stem for path in snakemake.input.subset)
    shown = Shown(running.folder, shards, running.stage)
    contents = explorer_contents(shown)
    count = len(snakemake.output) + len(snakemake.params.beside)
    write_explorer(shown, running.folder, running.progress(contents, count, "explorer"))
