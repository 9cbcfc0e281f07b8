"""``ssimball compare``: compare the tables of two runs; docs/reproducibility.md."""

from pathlib import Path

import click

from ssimball.cli.foreign import reading
from ssimball.cli.options import (
    RUN,
    artifacts_option,
    examples,
    findings_option,
    json_option,
    print_json,
)
from ssimball.cli.output import say
from ssimball.cli.progress import progress

EPILOG = f"""\
Exit codes: 0 all tables are equal or within tolerance, 1 a table is not, 2 nothing to compare.

{examples("ssimball compare results/demo elsewhere/demo --exact")}
"""


#: What --quick leaves out.
_UNREAD = "Content hashes were compared; the values of tables with equal hashes were not read."


@click.command(short_help="Compare the tables of two runs.", epilog=EPILOG)
@click.argument("first", type=RUN)
@click.argument("second", type=RUN)
@click.option("--exact", is_flag=True, help="Tolerate no difference: content hashes must be equal.")
@click.option("--quick", is_flag=True, help="Do not read tables whose content hashes are equal.")
@artifacts_option("tables")
@findings_option()
@json_option()
@click.pass_context
def command(
    ctx: click.Context,
    first: Path,
    second: Path,
    exact: bool,
    quick: bool,
    artifacts: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Compare the tables of two runs, FIRST and SECOND, given by their results folders."""
    from ssimball.runs.compare.findings import DIFFERENT
    from ssimball.runs.compare.report import beginnings, rows, summary, write
    from ssimball.runs.compare.runs import compare_runs

    with reading(first, second):
        tables = list(progress(compare_runs(first, second, artifacts, quick), "tables compared"))
    if output is not None:
        write(tables, exact, output)
    if as_json:
        print_json({"quick": quick, "begin": beginnings(tables), "tables": rows(tables, exact)})
    else:
        say(summary(tables, exact))
        say(_UNREAD if quick else "", nl=quick)
    ctx.exit(any(table.verdict(exact) == DIFFERENT for table in tables))
