"""``ssimball audit``: derive a run's results again. docs/audit.md."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssimball.cli.options import FILE_THERE, RUN, artifacts_option, examples, findings_option
from ssimball.errors import ArtifactError

if TYPE_CHECKING:  # takes seconds
    from ssimball.runs.audit.interface import Check

#: Names of :data:`ssimball.runs.audit.registry.CHECKS`, here because importing that takes seconds.
CHECKS = (
    *("checksums", "complete", "configuration", "content", "chain", "settings", "rows", "sources"),
    *("ssim", "predictions", "cam sums", "explanations", "certificates", "gradients", "overlap"),
    *("causal", "statistics", "texts", "explorer"),
    "figures",
)
EPILOG = f"""\
Checks: {", ".join(CHECKS)}. docs/audit.md says what each holds.

Exit codes: 0 nothing failed, 1 something did, 2 no audit.

{examples("ssimball audit results/demo", "ssimball audit results/demo --checks ssim --checks rows")}
"""


@click.command(short_help="Derive a run's results again from its files.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option(
    "--weights", type=FILE_THERE, help="The network's weights.  [default: as config.yaml says]"
)
@click.option("--expect", metavar="SHA256", help="That checksums.sha256 is known to have.")
@click.option("--quick", is_flag=True, help="Without the checks that need the network.")
@click.option(
    "--checks",
    multiple=True,
    type=click.Choice(CHECKS),
    metavar="CHECK",
    help="Only this; may be repeated.",
)
@artifacts_option("files")
@findings_option()
@click.pass_context
def command(
    ctx: click.Context,
    run: Path,
    weights: Path | None,
    expect: str | None,
    quick: bool,
    checks: tuple[str, ...],
    artifacts: str,
    output: Path | None,
) -> None:
    """Derive the results of a RUN again from what is stored, and say what does not hold.

    RUN is the run's results folder, or a copy of it.
    """
    from ssimball.runs.audit.findings import FAILED
    from ssimball.runs.audit.registry import CHECKS, audit
    from ssimball.runs.audit.report import summary, write
    from ssimball.runs.run import Run
    from ssimball.storage.checksums import CHECKSUMS

    audited = Run(run, weights, expect)
    findings = list(audit(audited, _wanted(CHECKS, checks, quick), artifacts, _tell))
    if output is not None:
        write(findings, output)
    if not findings:
        raise ArtifactError(f"no artifact is called {artifacts}")
    click.echo(summary(findings))
    if (run / CHECKSUMS).is_file():
        click.echo(f"sha256 of {CHECKSUMS}: {audited.sha256(CHECKSUMS)}")
    ctx.exit(any(one.verdict == FAILED for one in findings))


def _wanted(checks: "Iterable[Check]", names: Sequence[str], quick: bool) -> "list[Check]":
    return [one for one in checks if (one.name in names if names else one.quick or not quick)]


def _tell(check: "Check") -> None:
    click.echo(f"audit: {check.name}", err=True)
