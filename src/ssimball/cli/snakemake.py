"""Commands that ask Snakemake what it would do: its arguments are theirs."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssimball.errors import ConfigError

if TYPE_CHECKING:
    from ssimball.pipeline.reruns import Job

#: What is not known here is for Snakemake.
PASSED_ON: dict[str, Any] = {"ignore_unknown_options": True}
#: The argument for it.
arguments = click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGUMENTS OF SNAKEMAKE]..."
)


def jobs(ctx: click.Context, given: tuple[str, ...]) -> "list[Job]":
    """The jobs that would run; ends with Snakemake's words and exit code where it fails.

    Raises:
        ConfigError: this is not the project's folder.
    """
    from ssimball.pipeline.reruns import PROFILE, dry_run

    if not Path(PROFILE).is_dir():
        raise ConfigError(
            f"there is no folder {PROFILE} in {Path.cwd()}; give this command in the project's "
            "folder, the one with the Snakefile"
        )
    code, output, found = dry_run(given)
    if code != 0:
        sys.stderr.write(output)
        ctx.exit(code)
    return found
