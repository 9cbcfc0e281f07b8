"""``python -m ssimball.compare results/a results/b``: how far two runs agree. See
docs/reproducibility.md.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from ssimball.compare.findings import DIFFERENT
from ssimball.compare.report import summary, write
from ssimball.compare.runs import compare_runs
from ssimball.errors import SsimballError
from ssimball.findings_file import check_output

AGREE, DIFFER, UNUSABLE = 0, 1, 2


def main(arguments: Sequence[str] | None = None) -> int:
    """Compare two runs; returns the exit code.

    Returns:
        0: all tables are equal or within tolerance, 1: one is not, 2: nothing could be compared
        (also argparse's code for wrong options).
    """
    given = _given(arguments)
    try:
        found = compare_runs(given.first, given.second, given.artifacts, given.quick)
        tables = list(found)
        if given.output is not None:
            write(tables, given.exact, given.output)
    except (SsimballError, OSError) as error:
        print(f"ssimball: {error}", file=sys.stderr)
        return UNUSABLE
    print(summary(tables, given.exact))
    return DIFFER if any(one.verdict(given.exact) == DIFFERENT for one in tables) else AGREE


def _given(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        prog="python -m ssimball.compare",
        description="Compare the tables of two runs.",
        epilog="exit code: 0 equal or within tolerance, 1 different, 2 nothing to compare",
    )
    add = parser.add_argument
    add("first", type=Path, help="results folder of a run")
    add("second", type=Path, help="results folder of the other run")
    add("--exact", action="store_true", help="tolerate nothing: content hashes have to be equal")
    add("--quick", action="store_true", help="read no values where stored content hashes are equal")
    add("--artifacts", default="*", metavar="PATTERN", help="only tables like attacks/fgsm/*")
    add("--output", type=Path, metavar="FILE", help="all findings, .csv or .parquet")
    given = parser.parse_args(arguments)
    check_output(parser, given.output)
    return given


if __name__ == "__main__":
    sys.exit(main())
