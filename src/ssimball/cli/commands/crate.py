"""``ssimball crate``: a finished run as RO-Crate. docs/crate.md."""

from datetime import date
from pathlib import Path

import click

from ssimball.cli.options import FILE, RUN, examples

EPILOG = f"""\
Exit codes: 0 written, 2 there is no finished run, or the target cannot be written to.

{examples('ssimball crate results/study --output study.zip --author "A. Person"')}
"""


def _date(ctx: click.Context, param: click.Parameter, given: str) -> str:
    try:
        date.fromisoformat(given)
    except ValueError:
        raise click.BadParameter(f"{given!r} is no date like 2026-01-31") from None
    return given


@click.command(short_help="Describe a run as RO-Crate, with licences.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option(
    "--output", type=FILE, help="A new folder or .zip with copies.  [default: the run's folder]"
)
@click.option(
    "--date",
    "day",
    metavar="DATE",
    default=lambda: date.today().isoformat(),
    callback=_date,
    help="Of publication.  [default: today]",
)
@click.option("--name", help="Of the crate.  [default: that of the run]")
@click.option(
    "--license",
    "licence",
    help="Of the results, URL, CC BY 4.0 or SPDX's.  [default: that of the code]",
)
@click.option(
    "--author", multiple=True, help="Of the results, may be repeated.  [default: the code's]"
)
def command(
    run: Path,
    output: Path | None,
    day: str,
    name: str | None,
    licence: str | None,
    author: tuple[str, ...],
) -> None:
    """Describe a finished RUN as RO-Crate, with the licences of its input images."""
    from ssimball.runs.crate.collecting import Given, collect
    from ssimball.runs.crate.graph import metadata
    from ssimball.runs.crate.writing import check_target, write_crate

    if output is not None:
        check_target(output, run)
    contents, warnings = collect(run, Given(day, name, licence, list(author) or None))
    written = write_crate(contents, metadata(contents), output)
    for warning in warnings:
        click.echo(f"ssimball: {warning}", err=True)
    images = len(contents.images)
    click.echo(f"{written}: {len(contents.files)} files described, {images} input images named")
