"""What commands share that take Snakemake's arguments."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from ssimball.errors import ConfigError

if TYPE_CHECKING:
    from ssimball.config.study import StudyConfig
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
    from ssimball.pipeline.reruns import dry_run

    _require_project()
    code, output, found = dry_run(arguments)
    if code != 0:
        sys.stderr.write(output)
        ctx.exit(code)
    return found


def study(arguments: tuple[str, ...]) -> "StudyConfig":
    """Return the configuration of the run that Snakemake would make.

    Args:
        arguments: arguments of Snakemake; all but ``--configfile`` and ``--config`` are ignored.

    Raises:
        ConfigError: the current folder is not the project's, or a file or key is wrong.
    """
    from snakemake.cli import get_argument_parser, parse_config

    from ssimball.config.files import merged, read_settings
    from ssimball.config.study import load_study
    from ssimball.pipeline.command_line import require_settings

    _require_project()
    require_settings(arguments)
    given = get_argument_parser().parse_args(list(arguments))
    raw: Any = {}
    for layer in map(read_settings, [Path("config.yaml"), *(given.configfile or [])]):
        raw = merged(raw, layer)
    return load_study(merged(raw, parse_config(given.config)))


def _require_project() -> None:
    from ssimball.pipeline.reruns import PROFILE

    if not Path(PROFILE).is_dir():
        raise ConfigError(
            f"there is no folder {PROFILE} in {Path.cwd()}; run this command in the project's "
            "folder, which contains the Snakefile"
        )
