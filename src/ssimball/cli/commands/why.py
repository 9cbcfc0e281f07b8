"""``ssimball why``: what would run again, in sentences."""

import click

from ssimball.cli import snakemake
from ssimball.cli.options import examples

EPILOG = f"""\
Exit codes: 0, or Snakemake's own where it fails, with its words.

{examples("ssimball why overlap", "ssimball why --configfile config/study.yaml --config seed=1")}
"""


@click.command(
    short_help="Say what would run again and why.",
    epilog=EPILOG,
    context_settings=snakemake.PASSED_ON,
)
@snakemake.arguments
@click.pass_context
def command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Say what would run again and why, and run nothing.

    Arguments are those of Snakemake: targets, --configfile, --config. Without any, it is asked
    about the whole default run.
    """
    from ssimball.pipeline.reruns import explanation

    click.echo("\n".join(explanation(snakemake.jobs(ctx, arguments))))
