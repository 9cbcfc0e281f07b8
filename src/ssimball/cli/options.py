"""What several commands ask for, and how a shell completes it."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar

import click
from click.shell_completion import CompletionItem

F = TypeVar("F", bound=Callable[..., Any])
FILE = click.Path(path_type=Path)
FILE_THERE = click.Path(exists=True, dir_okay=False, path_type=Path)
FINDINGS = (".csv", ".parquet")


class RunFolder(click.Path):
    """Results folder of a run. Those below ``results/`` are offered, and any other folder."""

    def __init__(self) -> None:
        super().__init__(path_type=Path)

    def shell_complete(
        self, ctx: click.Context, param: click.Parameter, incomplete: str
    ) -> list[CompletionItem]:
        """Runs that begin so, or folders."""
        runs = sorted(str(path.parent) for path in Path().glob("results/*/config.yaml"))
        return starting(runs, incomplete) or [CompletionItem(incomplete, type="dir")]


RUN = RunFolder()


def starting(names: Iterable[str], incomplete: str) -> list[CompletionItem]:
    """Those names that begin as what is typed."""
    return [CompletionItem(name) for name in names if name.startswith(incomplete)]


def examples(*lines: str) -> str:
    """The end of a command's help: lines as they are typed."""
    return "\b\nExamples:\n" + "\n".join(f"  {line}" for line in lines)


def artifacts_option(what: str) -> Callable[[F], F]:
    """``--artifacts PATTERN``."""
    text = f"Only {what} like attacks/fgsm/*; * stands for slashes too."
    return click.option("--artifacts", default="*", metavar="PATTERN", help=text)


def findings_option() -> Callable[[F], F]:
    """``--output FILE`` of all findings."""
    text = "All findings, .csv or .parquet."
    return click.option("--output", type=FILE, metavar="FILE", callback=_findings, help=text)


def _findings(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.suffix not in FINDINGS:
        raise click.BadParameter(f"{path} ends neither in {' nor in '.join(FINDINGS)}")
    return path


def folder_option(default: str) -> Callable[[F], F]:
    """``--output FOLDER`` of pictures."""
    text = f"Where to write.  [default: {default}, here]"
    return click.option("--output", type=FILE, metavar="FOLDER", callback=_folder, help=text)


def _folder(ctx: click.Context, param: click.Parameter, path: Path | None) -> Path | None:
    if path is not None and path.exists() and not path.is_dir():
        raise click.BadParameter(f"{path} is a file; name a folder")
    return path


def amplify_option() -> Callable[[F], F]:
    """``--amplify`` of the change that is shown."""
    return click.option(
        "--amplify",
        type=click.FloatRange(0, min_open=True),
        default=10.0,
        show_default=True,
        help="Of the change, as it is shown.",
    )
