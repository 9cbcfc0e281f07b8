"""``python -m ssimball.crate results/<run>``: a finished run as RO-Crate. docs/crate.md."""

import argparse
import sys
from collections.abc import Sequence
from datetime import date
from pathlib import Path

from ssimball.crate.collecting import Given, collect
from ssimball.crate.graph import metadata
from ssimball.crate.writing import check_target, write_crate
from ssimball.errors import SsimballError


def main(arguments: Sequence[str] | None = None) -> int:
    """Write a crate; returns the exit code.

    Returns:
        0: written, 1: there is no finished run, or the target cannot be written to (argparse's
        code for wrong options is 2).
    """
    given = _given(arguments)
    try:
        if given.output is not None:
            check_target(given.output, given.run)
        asked = Given(given.date, given.name, given.license, given.author)
        contents, warnings = collect(given.run, asked)
        written = write_crate(contents, metadata(contents), given.output)
    except (SsimballError, OSError) as error:
        print(f"ssimball: {error}", file=sys.stderr)
        return 1
    for warning in warnings:
        print(f"ssimball: {warning}", file=sys.stderr)
    images = len(contents.images)
    print(f"{written}: {len(contents.files)} files described, {images} input images named")
    return 0


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ssimball.crate",
        description="Describe a finished run as RO-Crate, with licences of its input images.",
    )
    add = parser.add_argument
    add("run", type=Path, help="results folder of the run")
    add("--output", type=Path, help="a new folder or .zip with copies; default: the run's folder")
    add("--date", default=date.today().isoformat(), help="of publication; default: today")
    add("--name", help="of the crate; default: that of the run")
    add("--license", help="of the results, URL, CC BY 4.0 or SPDX's; default: that of the code")
    add("--author", action="append", help="of the results, may be repeated; default: the code's")
    given = parser.parse_args(arguments)
    try:
        date.fromisoformat(given.date)
    except ValueError:
        parser.error(f"--date: {given.date!r} is no date like 2026-01-31")
    return given


if __name__ == "__main__":
    sys.exit(main())
