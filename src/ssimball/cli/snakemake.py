"""What commands share that pass their arguments on to Snakemake's dry run."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssimball.errors import ConfigError

if TYPE_CHECKING:
    from ssimball.pipeline.reruns import Job

#: Settings of a command that accepts Snakemake's options.
CONTEXT_SETTINGS: dict[str, Any] = {"ignore_unknown_options": True}
#: The argument that takes them.
snakemake_arguments = click.argument(
    "arguments", nargs=-1, type=click.UNPROCESSED, metavar="[ARGUMENTS OF SNAKEMAKE]..."
)


def jobs(ctx: click.Context, arguments: tuple[str, ...]) -> "list[Job]":
    """Return the jobs that Snakemake would run.

    If Snakemake fails, the command prints its output and ends with its exit code.

    Args:
        ctx: context of the command.
        arguments: arguments of Snakemake.

    Returns:
        The jobs of a dry run.

    Raises:
        ConfigError: the current folder is not the project's.
    """
    from ssimball.pipeline.reruns import PROFILE, dry_run

    if not Path(PROFILE).is_dir():
        raise ConfigError(
            f"there is no folder {PROFILE} in {Path.cwd()}; run this command in the project's "
            "folder, which contains the Snakefile"
        )
    code, output, found = dry_run(arguments)
    if code != 0:
        sys.stderr.write(output)
        ctx.exit(code)
    return found
