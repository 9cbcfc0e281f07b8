"""``ssimball crate``: describe a finished run as an RO-Crate; docs/crate.md."""

from datetime import date
from pathlib import Path

import click

from ssimball.cli.foreign import reading
from ssimball.cli.options import FILE, RUN, examples
from ssimball.cli.output import say

EPILOG = f"""\
Exit codes: 0 written, 2 the run is not finished, or the target cannot be written to.

{examples('ssimball crate results/study --output study.zip --author "A. Person"')}
"""


def _check_date(ctx: click.Context, param: click.Parameter, text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError:
        raise click.BadParameter(f"{text!r} is not a date like 2026-01-31") from None
    return text


@click.command(short_help="Describe a run as an RO-Crate, with licences.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option(
    "--output",
    type=FILE,
    help="New folder or .zip for copies of all files.  [default: write into the run's folder]",
)
@click.option(
    "--date",
    "day",
    metavar="DATE",
    default=lambda: date.today().isoformat(),
    callback=_check_date,
    help="Date of publication.  [default: today]",
)
@click.option("--name", help="Name of the crate.  [default: the run's name]")
@click.option(
    "--license",
    "licence",
    help="Licence of the results: a URL, an SPDX identifier, or CC BY 4.0.  [default: the code's]",
)
@click.option(
    "--author",
    multiple=True,
    help="Author of the results; may be repeated.  [default: the code's authors]",
)
def command(
    run: Path,
    output: Path | None,
    day: str,
    name: str | None,
    licence: str | None,
    author: tuple[str, ...],
) -> None:
    """Describe a finished RUN as an RO-Crate, with the licences of its input images."""
    from ssimball.runs.crate.collecting import Given, collect
    from ssimball.runs.crate.graph import metadata
    from ssimball.runs.crate.writing import check_target, write_crate

    if output is not None:
        check_target(output, run)
    with reading(run):
        contents, warnings = collect(run, Given(day, name, licence, list(author) or None))
        crate = write_crate(contents, metadata(contents), output)
    for warning in warnings:
        say(f"ssimball: {warning}", err=True)
    images = len(contents.images)
    say(f"{crate}: {len(contents.files)} files described, {images} input images named")
