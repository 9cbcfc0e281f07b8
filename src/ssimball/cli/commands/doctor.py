"""``ssimball doctor``: what this machine has of what ssimball uses."""

import textwrap
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from ssimball.cli.options import examples, json_option, print_json
from ssimball.cli.output import say

if TYPE_CHECKING:
    from ssimball.cli.doctor.interface import Check, Finding

EPILOG = f"""\
Exit codes: 0 nothing that make demo needs is missing, 1 something is.

{examples("ssimball doctor", "ssimball doctor --json")}
"""
#: Characters per line.
_WIDTH = 100


@click.command(short_help="Check what is installed and how to get the rest.", epilog=EPILOG)
@json_option()
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Check what is installed, and how to get what is missing.

    Each line is ok, missing (make demo needs it) or not needed (missing, but only some uses need
    it). Checked are Python, the packages against the lock, the project's folder, disk space, cores
    and memory, GPU, cached weights, a licence of MOSEK, SLURM, and Chromium.
    """
    from ssimball.cli.doctor.interface import State
    from ssimball.cli.doctor.registry import examine

    findings = []
    for check, finding in examine():
        findings.append((check, finding))
        if not as_json:
            say(_line(check, finding))
    if as_json:
        objects = [{"name": check.name, **asdict(finding)} for check, finding in findings]
        print_json(objects)
    ctx.exit(any(finding.state is State.MISSING for _, finding in findings))


def _line(check: "Check", finding: "Finding") -> str:
    remedy = f". To get it: {finding.remedy}." if finding.remedy else ""
    return textwrap.fill(
        f"{finding.found}{remedy}",
        _WIDTH,
        initial_indent=f"{check.name:10}{finding.state:12}",
        subsequent_indent=" " * 22,
        # Keep addresses and paths whole.
        break_long_words=False,
        break_on_hyphens=False,
    )
