"""``python -m ssimball.audit results/<run>``: derive a run's results again. docs/audit.md."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ssimball.audit.findings import FAILED
from ssimball.audit.interface import Check
from ssimball.audit.registry import CHECKS, audit
from ssimball.audit.report import summary, write
from ssimball.audit.run import Run
from ssimball.checksums import CHECKSUMS
from ssimball.config.messages import suggestion
from ssimball.errors import SsimballError
from ssimball.findings_file import check_output

ALL_WELL, FAILURES, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the audit; returns the exit code.

    Returns:
        0: nothing failed, 1: something did, 2: nothing could be looked at (also argparse's code
        for wrong options).
    """
    given = _given(arguments)
    try:
        run = Run(given.run, given.weights, given.expect)
        chosen = [c for c in CHECKS if _wanted(c, given.checks, given.quick)]
        findings = list(audit(run, chosen, given.artifacts, _tell))
        if given.output is not None:
            write(findings, given.output)
    except (SsimballError, OSError) as error:
        print(f"ssimball: {error}", file=sys.stderr)
        return UNUSABLE
    if not findings:
        print(f"ssimball: no artifact is called {given.artifacts}", file=sys.stderr)
        return UNUSABLE
    print(summary(findings))
    if (run.folder / CHECKSUMS).is_file():
        print(f"sha256 of {CHECKSUMS}: {run.sha256(CHECKSUMS)}")
    return FAILURES if any(one.verdict == FAILED for one in findings) else ALL_WELL


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser, names = _parser(), [check.name for check in CHECKS]
    given = parser.parse_args(arguments)
    for name in given.checks or ():
        if name not in names:
            parser.error(f"--checks: no {name!r}; {suggestion(name, names)}")
    check_output(parser, given.output)
    if given.weights is not None and not given.weights.is_file():
        parser.error(f"--weights: there is no file {given.weights}")
    return given


def _wanted(check: Check, names: Sequence[str] | None, quick: bool) -> bool:
    return check.name in names if names else check.quick or not quick


def _tell(check: Check) -> None:
    print(f"audit: {check.name}", file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    listed = "\n".join(f"  {one.name:14} {one.says}" for one in CHECKS)
    parser = argparse.ArgumentParser(
        prog="python -m ssimball.audit",
        description="Derive the results of a run again from what is stored.",
        epilog=f"checks:\n{listed}\n\nexit code: 0 nothing failed, 1 something did, 2 no audit",
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add = parser.add_argument
    add("run", type=Path, help="results folder of the run")
    add("--weights", type=Path, help="the network's weights; default: as config.yaml says")
    add("--expect", metavar="SHA256", help=f"what the sha256 of {CHECKSUMS} is known to be")
    add("--quick", action="store_true", help="without the checks that need the network")
    add("--checks", nargs="+", metavar="CHECK", help="only these")
    add("--artifacts", default="*", metavar="PATTERN", help="only files like attacks/fgsm/*")
    add("--output", type=Path, metavar="FILE", help="all findings, .csv or .parquet")
    return parser


if __name__ == "__main__":
    sys.exit(main())
