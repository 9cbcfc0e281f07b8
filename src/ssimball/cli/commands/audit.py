"""``ssimball audit``: recompute a run's results from its files; docs/audit.md."""

from collections.abc import Iterable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from ssimball.cli.foreign import reading
from ssimball.cli.options import (
    EXISTING_FILE,
    RUN,
    artifacts_option,
    as_configured_option,
    examples,
    findings_option,
    json_option,
    print_json,
)
from ssimball.cli.output import say
from ssimball.errors import ArtifactError

if TYPE_CHECKING:  # importing it takes seconds
    from ssimball.runs.audit.interface import Check

#: Names of :data:`ssimball.runs.audit.registry.CHECKS`, repeated since its import takes seconds.
CHECKS = (
    *("checksums", "complete", "configuration", "content", "chain", "settings", "rows", "sources"),
    *("references", "ssim", "predictions", "class cams", "cam sums"),
    *("explanations", "certificates", "gradients", "overlap", "causal", "region noise"),
    "region test",
    *("statistics", "texts", "explorer", "figures"),
)
EPILOG = f"""\
Checks: {", ".join(CHECKS)}. docs/audit.md says what each one verifies.

Exit codes: 0 no check failed, 1 a check failed, 2 nothing could be audited.

{examples("ssimball audit results/demo", "ssimball audit results/demo --checks ssim --checks rows")}
"""


def _named_files(
    ctx: click.Context, param: click.Parameter, texts: tuple[str, ...]
) -> dict[str, Path]:
    """Parse ``NETWORK=FILE``; ``FILE`` alone is of the run's own network, with the empty name."""
    named = {}
    for text in texts:
        name, equals, file = text.rpartition("=") if not Path(text).is_file() else ("", "", text)
        if not Path(file).is_file():
            raise click.BadParameter(f"file {file!r} does not exist")
        named[name if equals else ""] = Path(file)
    return named


@click.command(short_help="Recompute a run's results from its files.", epilog=EPILOG)
@click.argument("run", type=RUN)
@click.option(
    "--weights",
    multiple=True,
    metavar="[NETWORK=]FILE",
    callback=_named_files,
    help="File of weights, also of another network of the run; may be repeated.",
)
@click.option("--manifest", type=EXISTING_FILE, help="Manifest of the photographs.")
@as_configured_option()
@click.option("--expect", metavar="SHA256", help="Expected SHA-256 of checksums.sha256.")
@click.option("--quick", is_flag=True, help="Skip the checks that need the network.")
@click.option(
    "--checks",
    multiple=True,
    type=click.Choice(CHECKS),
    metavar="CHECK",
    help="Run only this check; may be repeated.",
)
@artifacts_option("files")
@findings_option()
@json_option()
@click.pass_context
def command(
    ctx: click.Context,
    run: Path,
    weights: dict[str, Path],
    manifest: Path | None,
    as_configured: bool,
    expect: str | None,
    quick: bool,
    checks: tuple[str, ...],
    artifacts: str,
    output: Path | None,
    as_json: bool,
) -> None:
    """Recompute the results of a RUN from its stored files, and report what does not agree.

    RUN is the run's results folder, or a copy of it, also of somebody else's. Besides the folder,
    only files are opened that options name; nothing is downloaded.
    """
    from ssimball.runs.audit.findings import FAILED
    from ssimball.runs.audit.registry import CHECKS, audit
    from ssimball.runs.audit.report import summary, write
    from ssimball.runs.local_files import LocalFiles
    from ssimball.runs.run import Run
    from ssimball.storage.checksums import CHECKSUMS

    with reading(run):
        audited = Run(run, LocalFiles(weights, manifest, as_configured), expect)
        findings = list(audit(audited, _selected(CHECKS, checks, quick), artifacts, _announce))
    if output is not None:
        write(findings, output)
    if not findings:
        raise ArtifactError(f"--artifacts: no file of the run matches {artifacts!r}")
    sha256 = audited.sha256(CHECKSUMS) if (run / CHECKSUMS).is_file() else None
    if as_json:
        print_json({"sha256": sha256, "findings": [asdict(finding) for finding in findings]})
    else:
        say(summary(findings))
        say(f"sha256 of {CHECKSUMS}: {sha256}" if sha256 else "", nl=bool(sha256))
    ctx.exit(any(finding.verdict == FAILED for finding in findings))


def _selected(checks: "Iterable[Check]", names: Sequence[str], quick: bool) -> "list[Check]":
    if names:
        return [check for check in checks if check.name in names]
    return [check for check in checks if check.quick or not quick]


def _announce(check: "Check") -> None:
    say(f"audit: {check.name}", err=True)
