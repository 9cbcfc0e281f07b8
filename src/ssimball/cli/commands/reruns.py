"""``ssimball reruns``: explain what would run again."""

import click

from ssimball.cli import snakemake
from ssimball.cli.options import examples
from ssimball.cli.output import say

EPILOG = f"""\
Exit codes: 0, or Snakemake's own if it fails, with its output.

{
    examples(
        "ssimball reruns overlap",
        "ssimball reruns --configfile config/study.yaml --config seed=1",
    )
}
"""


@click.command(
    short_help="Explain what would run again, and why.",
    epilog=EPILOG,
    context_settings=snakemake.CONTEXT_SETTINGS,
)
@snakemake.snakemake_arguments
@click.pass_context
def command(ctx: click.Context, arguments: tuple[str, ...]) -> None:
    """Explain what would run again, and why; run nothing.

    The arguments are Snakemake's: targets, --configfile, --config. Without any, the whole default
    run is examined.
    """
    from ssimball.pipeline.reruns import explanation

    say("\n".join(explanation(snakemake.jobs(ctx, arguments))))
