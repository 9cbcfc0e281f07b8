"""``ssimball plan``: what a run will take."""

import os
from pathlib import Path

import click

from ssimball.cli import snakemake
from ssimball.cli.options import RUN, examples

EPILOG = f"""\
Exit codes: 0, 2 where the pilot's logs tell nothing, or Snakemake's own where it fails.

{examples("ssimball plan results/pilot --also results/pilot_few --configfile config/study.yaml")}
"""


@click.command(
    short_help="Foretell what a run will take, from a pilot.",
    epilog=EPILOG,
    context_settings=snakemake.PASSED_ON,
)
@click.argument("pilot", type=RUN)
@click.option(
    "--also",
    type=RUN,
    multiple=True,
    help="Another pilot, with another number of images.",
)
@click.option("--cores", type=click.IntRange(1), help="Cores to work on.  [default: all here]")
@snakemake.arguments
@click.pass_context
def command(
    ctx: click.Context,
    pilot: Path,
    also: tuple[Path, ...],
    cores: int | None,
    arguments: tuple[str, ...],
) -> None:
    """Foretell what a run will take, from what another one, the PILOT, took on this machine.

    PILOT is the results folder of a small run of the same configuration (make pilot). From it
    alone figures and summaries, of which a run has one, are taken to cost in proportion to images,
    which is too much: name a pilot with fewer images, too. All further arguments are those of
    Snakemake, and say which run to foretell.
    """
    from ssimball.pipeline.costs import fitted, recorded
    from ssimball.pipeline.forecast import text

    costs = fitted([job for folder in (pilot, *also) for job in recorded(folder)])
    jobs = [job for job in snakemake.jobs(ctx, arguments) if job.rule != "all"]
    click.echo(text(jobs, costs, cores or os.cpu_count() or 1), nl=False)
