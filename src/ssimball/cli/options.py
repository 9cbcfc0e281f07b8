"""Parameters that several commands share, with shell completion."""

import json
import math
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

from ssimball.cli.output import say_data

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)
EXISTING_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
#: Formats in which findings are written.
FINDINGS_SUFFIXES = (".csv", ".parquet")


class RunFolder(click.Path):
    """The results folder of a run; completion offers those in ``results/``, or else any folder."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Refuse an option of Snakemake, which commands that hand these on take for the folder."""
        if str(value).startswith("-"):
            self.fail(f"{value!r} is an option; name the results folder first", param, ctx)
        return super().convert(value, param, ctx)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Return the runs in ``results/`` that begin with the given text, or let any folder be."""
        runs = sorted(str(path.parent) for path in Path().glob("results/*/config.yaml"))
        return completions(runs, incomplete) or [CompletionItem(incomplete, type="dir")]


RUN = RunFolder(path_type=Path)


def completions(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Return the names that begin with the given text."""
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def examples(*lines: str) -> str:
    """Return the examples at the end of a command's help, one per line, as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def artifacts_option(what: str) -> Callable[[F], F]:
    """Return the option ``--artifacts PATTERN``, which selects tables or files of a run."""
    text = f"Only {what} that match, such as attacks/fgsm/*; * also matches slashes."
    return click.option("--artifacts", default="*", metavar="PATTERN", help=text)


def json_option() -> Callable[[F], F]:
    """Return the option ``--json``, with which a command prints JSON in place of text."""
    return click.option("--json", "as_json", is_flag=True, help="Print JSON, for programs.")


def print_json(value: object) -> None:
    """Print a value as JSON; numbers that JSON does not have, as null."""
    say_data(json.dumps(finite(value), indent=2, ensure_ascii=False))


def finite(value: Any) -> Any:
    """Return a value of dicts, lists and numbers with None in place of NaN and infinities."""
    if isinstance(value, dict):
        return {key: finite(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [finite(one) for one in value]
    return None if isinstance(value, float) and not math.isfinite(value) else value


def findings_option() -> Callable[[F], F]:
    """Return the option ``--output FILE``, which names a file for all findings."""
    text = "Write all findings to this .csv or .parquet file."
    return click.option("--output", type=FILE, metavar="FILE", callback=_check_suffix, help=text)


def as_configured_option() -> Callable[[F], F]:
    """Return the flag ``--as-configured``, which trusts what a run's configuration names."""
    text = (
        "Open weights, photographs and code where a run's config.yaml names them. For runs of "
        "your own."
    )
    return click.option("--as-configured", is_flag=True, help=text)


def _check_suffix(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix not in FINDINGS_SUFFIXES:
        raise click.BadParameter(f"{path} must end in {' or '.join(FINDINGS_SUFFIXES)}")
    return path


def folder_option(default: str) -> Callable[[F], F]:
    """Return the option ``--output FOLDER``, which names a folder for pictures."""
    text = f"Folder to write to.  [default: {default}, in the current folder]"
    return click.option("--output", type=FILE, metavar="FOLDER", callback=_check_folder, help=text)


def _check_folder(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.exists() and not path.is_dir():
        raise click.BadParameter(f"{path} is a file; name a folder")
    return path


def amplify_option() -> Callable[[F], F]:
    """Return the option ``--amplify FACTOR`` of pictures of a perturbation."""
    return click.option(
        "--amplify",
        type=click.FloatRange(0, min_open=True),
        default=10.0,
        show_default=True,
        help="Factor by which the picture of the change is amplified.",
    )
