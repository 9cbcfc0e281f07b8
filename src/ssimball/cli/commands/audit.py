"""``ssimball audit``: recompute a run's results from its files; docs/audit.md."""

import re
from collections.abc import Iterable, Sequence
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
from ssimball.errors import ArtifactError, ConfigError

if TYPE_CHECKING:  # importing it takes seconds
    from ssimball.runs.audit.findings import Finding
    from ssimball.runs.audit.interface import Check
    from ssimball.runs.run import Run

#: Names of :data:`ssimball.runs.audit.registry.CHECKS`, repeated since its import takes seconds.
CHECKS = (
    *(
        "checksums",
        "complete",
        "crate",
        "configuration",
        "content",
        "chain",
        "settings",
        "rows",
        "sources",
    ),
    *("references", "ssim", "predictions", "class cams", "cam sums"),
    *("explanations", "certificates", "gradients", "overlap", "causal", "region noise"),
    "region test",
    *("statistics", "texts", "explorer", "figures"),
)
#: Processes that work at once, unless the user asks for more.
MOST = 4
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


def _sha256(ctx: click.Context, param: click.Parameter, text: str | None) -> str | None:
    from ssimball.config.base import SHA256

    if text is not None and re.fullmatch(SHA256, text.lower()) is None:
        raise click.BadParameter(f"{text!r} is not 64 digits 0 to 9 and a to f; give all of them")
    return text and text.lower()


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
@click.option(
    "--expect",
    metavar="SHA256",
    callback=_sha256,
    help="Expected SHA-256 of checksums.sha256.",
)
@click.option("--quick", is_flag=True, help="Skip the checks that need the network.")
@click.option(
    "--checks",
    multiple=True,
    type=click.Choice(CHECKS),
    metavar="CHECK",
    help="Run only this check; may be repeated.",
)
@artifacts_option("files")
@click.option(
    "--processes",
    type=click.IntRange(1),
    help=f"Processes that work at once.  [default: one for each core, at most {MOST}]",
)
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
    processes: int | None,
    output: Path | None,
    as_json: bool,
) -> None:
    """Recompute the results of a RUN from its stored files, and report what does not agree.

    RUN is the run's results folder, or a copy of it, also of somebody else's. Besides the folder,
    only files are opened that options name; nothing is downloaded.
    """
    from ssimball.runs.audit.registry import CHECKS
    from ssimball.runs.audit.report import groups, write
    from ssimball.runs.local_files import LocalFiles
    from ssimball.runs.run import Run

    with reading(run):
        audited = Run(run, LocalFiles(weights, manifest, as_configured), expect)
        audited.require_version()
        _check_names(audited, weights)
        chosen = _selected(CHECKS, checks, quick)
        findings, seconds = _audited(audited, chosen, artifacts, processes)
    if output is not None:
        write(findings, output)
    if not findings:
        raise ArtifactError(f"--artifacts: no file of the run matches {artifacts!r}")
    _report(audited, findings, seconds, as_json)
    ctx.exit(bool(groups(findings)))


def _check_names(run: "Run", weights: dict[str, Path]) -> None:
    """Refuse weights of networks that the run does not have."""
    from ssimball.config.messages import suggestion

    for name in filter(None, weights):
        others = run.study.sensitivity.networks
        if name not in others:
            hint = suggestion(name, others) if others else "give the file alone"
            raise ConfigError(f"--weights: the run has no other network {name!r}; {hint}")


def _report(run: "Run", findings: "Sequence[Finding]", seconds: float, as_json: bool) -> None:
    """Print the report, and where files were compared and nothing failed their number."""
    from ssimball.runs.audit.other_code import note_of_code
    from ssimball.runs.audit.report import as_json_value, groups, summary
    from ssimball.storage.checksums import CHECKSUMS

    sha256 = run.sha256(CHECKSUMS) if (run.folder / CHECKSUMS).is_file() else None
    note = note_of_code(run, findings)
    if as_json:
        print_json(as_json_value(findings, seconds, sha256, note))
        return
    say(summary(findings, seconds, note))
    compared = any(one.check == "checksums" and one.artifact != CHECKSUMS for one in findings)
    if sha256 and compared and not groups(findings):
        say(f"sha256 of {CHECKSUMS}: {sha256}")


def _audited(
    run: "Run", checks: "Sequence[Check]", artifacts: str, processes: int | None
) -> "tuple[list[Finding], float]":
    """Run the checks, and return their findings with causes, and the seconds that it took."""
    from ssimball.cli.audit_progress import AuditProgress
    from ssimball.runs.audit.causes import with_causes
    from ssimball.runs.audit.tasks import findings_of, images_of_shard, tasks_of
    from ssimball.runtime.workers import available_cores

    tasks = tasks_of(run, checks, artifacts)
    processes = processes or min(available_cores(), MOST)
    progress = AuditProgress(tasks, images_of_shard(run), processes)
    progress.begin()
    findings = findings_of(run, tasks, processes, progress.ended, progress.waiting)
    return with_causes(findings, run), progress.seconds


def _selected(checks: "Iterable[Check]", names: Sequence[str], quick: bool) -> "list[Check]":
    if names:
        return [check for check in checks if check.name in names]
    return [check for check in checks if check.quick or not quick]
