"""``ssimball confirm``: test claims that were fixed before a run; docs/confirmation.md."""

from pathlib import Path

import click

from ssimball.cli.foreign import reading
from ssimball.cli.options import EXISTING_FILE, RUN, examples, json_option, print_json
from ssimball.cli.output import say

EPILOG = f"""\
Exit codes: 0 all claims are confirmed, 1 a claim is not, 2 nothing could be tested.

{examples("ssimball confirm results/confirmation config/confirmation.yaml")}
"""


@click.command(short_help="Test the claims of a confirmation file on a run.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.argument("file", type=EXISTING_FILE)
@json_option()
@click.pass_context
def command(ctx: click.Context, run: Path, file: Path, as_json: bool) -> None:
    """Test the claims of FILE on a run, given by its results folder.

    The run has to follow FILE in all that it states. Each claim is confirmed, not confirmed, or
    needs more images.
    """
    from ssimball.runs.confirm.report import confirm, rows, text
    from ssimball.runs.run import Run
    from ssimball.statistics.claims import Outcome
    from ssimball.storage.provenance import file_sha256

    with reading(run):
        tested = confirm(Run(run), file)
    sha256 = file_sha256(file)
    if as_json:
        print_json({"sha256": sha256, "claims": rows(tested)})
    else:
        say(text(tested, sha256, file))
    ctx.exit(any(t.outcome is not Outcome.CONFIRMED for t in tested))
