"""``ssimball doctor``: what this machine has of what ssimball uses."""

import json
import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ssimball.cli.options import examples

if TYPE_CHECKING:
    from ssimball.cli.doctor.interface import Finding

EPILOG = f"""\
Exit codes: 0 all that make demo needs is there, 1 something of it is missing.

{examples("ssimball doctor", "ssimball doctor --json")}
"""
_WIDTH = 100


@click.command(short_help="Say what is installed and how to get what is not.", epilog=EPILOG)
@click.option("--json", "as_json", is_flag=True, help="A list of objects, for programs.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Say what is installed, and how to get what is not.

    Each line is ok, missing (make demo needs it) or not needed (not there, and only for some uses).
    Looked at are Python, packages against the lock, the project's folder, room for results, cores
    and memory, GPU, cached weights, a licence of MOSEK, SLURM, and Chromium.
    """
    from ssimball.cli.doctor.registry import examine

    found = []
    for name, one in examine():
        found.append({"name": name, **asdict(one)})
        if not as_json:
            click.echo(_line(name, one))
    if as_json:
        click.echo(json.dumps(found, indent=2, ensure_ascii=False))
    ctx.exit(any(one["state"] == "missing" for one in found))


def _line(name: str, one: "Finding") -> str:
    text = one.found + (f". To get it: {one.remedy}." if one.remedy else "")
    return textwrap.fill(
        text,
        _WIDTH,
        initial_indent=f"{name:10}{one.state:12}",
        subsequent_indent=" " * 22,
        # Addresses and paths stay whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
