"""``ssimball forecast``: forecast what a run takes."""

import os
from pathlib import Path

import click

from ssimball.cli import snakemake
from ssimball.cli.foreign import reading
from ssimball.cli.options import FILE, RUN, examples, json_option, print_json
from ssimball.cli.output import say

EPILOG = f"""\
Exit codes: 0 done, 2 the pilot's logs hold no finished job; or Snakemake's own if it fails.

{
    examples(
        "ssimball forecast results/pilot --also results/few --configfile config/study.yaml",
        "ssimball forecast results/pilot --runtimes minutes.yaml --configfile config/imagenet.yaml",
    )
}
"""


@click.command(
    short_help="Forecast what a run takes, from a pilot run.",
    epilog=EPILOG,
    context_settings=snakemake.CONTEXT_SETTINGS,
)
@click.argument("pilot", type=RUN)
@click.option(
    "--also",
    type=RUN,
    multiple=True,
    help="Another pilot run, with another number of images; may be repeated.",
)
@click.option("--cores", type=click.IntRange(1), help="Cores of the run.  [default: all here]")
@click.option(
    "--runtimes",
    type=FILE,
    metavar="FILE",
    help="Write the minutes that jobs should ask a cluster for, as an overlay for --configfile.",
)
@json_option()
@snakemake.snakemake_arguments
@click.pass_context
def command(
    ctx: click.Context,
    pilot: Path,
    also: tuple[Path, ...],
    cores: int | None,
    runtimes: Path | None,
    as_json: bool,
    arguments: tuple[str, ...],
) -> None:
    """Forecast what a run takes, from what a PILOT run took on this machine.

    PILOT is the results folder of a small run of the same configuration (make pilot). A single
    pilot overestimates figures and summaries: a run makes them once, but their cost is then assumed
    to grow with the number of images. To correct this, name a second pilot with fewer images. All
    further arguments are Snakemake's; they select the run to forecast.
    """
    from ssimball.pipeline.costs import fit_costs, read_usage
    from ssimball.pipeline.forecast import forecast, forecast_text, runtimes_overlay
    from ssimball.storage.atomic import write_text

    with reading(pilot, *also):
        costs = fit_costs([job for folder in (pilot, *also) for job in read_usage(folder)])
    jobs = [job for job in snakemake.jobs(ctx, arguments) if job.rule != "all"]
    table, unknown = forecast(jobs, costs)
    if runtimes is not None and len(table):
        write_text(runtimes, runtimes_overlay(table))
    if as_json:
        print_json({"jobs": table.to_dict("records"), "not_counted": unknown})
        return
    say(forecast_text(table, unknown, cores or os.cpu_count() or 1), nl=False)
