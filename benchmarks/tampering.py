"""How often the audit notices changes to a run: flipped bytes and edited cells.

It works on a copy of results/scenes, which ``make scenes`` makes, or of the run in another folder:
``python benchmarks/tampering.py results/<run>``. ``make benchmark`` writes benchmarks/tampering.md
and tampering.parquet.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import forgery
import numpy as np
import pandas as pd
from common import Rows, write

from ssimball.runs.audit.findings import FAILED
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.audit.report import kind_of
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run, files_present
from ssimball.storage.checksums import CHECKSUMS

FLIPS, EDITS, FORGED = 60, 40, 60
HASHES = ("checksums", "content", "chain")
BYTES = "one byte flipped"
CELLS = "one cell edited, its content hash made again"
CHAINS = "one cell edited, all hashes of the run made again"


def noticed(folder: Path, names: tuple[str, ...], artifacts: str = "*") -> list[str]:
    """Return the names of the checks that fail."""
    checks = [check for check in CHECKS if not names or check.name in names]
    findings = audit(Run(folder), checks, artifacts)
    return list(dict.fromkeys(finding.check for finding in findings if finding.verdict == FAILED))


def flips(folder: Path, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """Flip a random byte of a random file, of every kind of file in turn."""
    kinds = by_kind([CHECKSUMS, *files_present(Run(folder))])
    for number in range(FLIPS):
        artifact = str(rng.choice(kinds[list(kinds)[number % len(kinds)]]))
        path = folder / artifact
        content = path.read_bytes()
        forgery.flip(path, int(rng.integers(len(content))), int(rng.integers(1, 256)))
        yield {"kind": BYTES, "artifact": artifact, "noticed by": noticed(folder, HASHES)}
        path.write_bytes(content)


def edits(folder: Path, rng: np.random.Generator, count: int, kind: str) -> Iterator[dict]:
    """Edit a random cell of a random column, of every kind of table in turn.

    Where all hashes are made again, only deriving the values again can notice the change; only the
    edited file is audited then.
    """
    kinds = by_kind([table.path for table in Run(folder).tables])
    original = {
        name: (folder / name).read_bytes() for name in [CHECKSUMS, *files_present(Run(folder))]
    }
    number = 0
    while number < count:
        artifact = str(rng.choice(kinds[list(kinds)[number % len(kinds)]]))
        cell = random_cell(folder, artifact, rng)
        if cell is None:
            continue
        row, column, value = cell
        forgery.edit(folder, artifact, row, column, value)
        if kind == CHAINS:
            forgery.relink(folder, artifact)
            assert not noticed(folder, HASHES)
            checks = noticed(folder, (), artifact)
        else:
            checks = noticed(folder, HASHES)
        yield {"kind": kind, "artifact": artifact, "column": column, "noticed by": checks}
        for name, content in original.items():
            if (folder / name).read_bytes() != content:
                (folder / name).write_bytes(content)
        number += 1


def by_kind(artifacts: list[str]) -> dict[str, list[str]]:
    """Group artifacts by their kind."""
    kinds: dict[str, list[str]] = {}
    for artifact in artifacts:
        kinds.setdefault(kind_of(artifact), []).append(artifact)
    return kinds


def random_cell(folder: Path, artifact: str, rng: np.random.Generator) -> tuple | None:
    """Return row, column and another value of a cell that is not null; None: there is none."""
    column = rng.choice(np.array(artifact_of(artifact).contract.columns, dtype=object))
    rows = Run(folder).rows(artifact, *([column.name] if column.dims else []))
    filled = [number for number, row in enumerate(rows) if row[column.name] is not None]
    if not filled:
        return None
    row = int(rng.choice(filled))
    return row, column.name, forgery.other_value(column, rows[row][column.name], rng)


def main() -> None:
    """Tamper with a copy of the run, and write the table of what was noticed."""
    source = Path(sys.argv[1] if sys.argv[1:] else "results/scenes")
    if not (source / CHECKSUMS).is_file():
        sys.exit(f"{source}: no finished run; name one, or make one with `make scenes`")
    changes: Rows = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "run"
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("logs"))
        assert not noticed(folder, HASHES)
        size = len(Run(folder).subset), len(Run(folder).study.attacks)
        rng = np.random.default_rng(0)
        changes += flips(folder, rng)
        changes += edits(folder, rng, EDITS, CELLS)
        changes += edits(folder, rng, FORGED, CHAINS)
    report(changes, size, time.perf_counter() - start)


def report(changes: Rows, size: tuple[int, int], seconds: float) -> None:
    """Write the rates by kind of change, and by kind of file for forged hashes."""
    table = pd.DataFrame(changes)
    table["noticed"] = table["noticed by"].map(len) > 0
    rates = [
        {
            "change": kind,
            "changes": len(group),
            "noticed": int(group.noticed.sum()),
            "rate": f"{group.noticed.mean():.0%}",
        }
        for kind, group in table.groupby("kind", sort=False)
    ]
    forged = table[table.kind == CHAINS].assign(file=lambda rows: rows.artifact.map(kind_of))
    by_file = [
        {
            "file": file,
            "changes": len(group),
            "noticed": int(group.noticed.sum()),
            "by": ", ".join(sorted({name for names in group["noticed by"] for name in names})),
            "not noticed": ", ".join(sorted(set(group.column[~group.noticed]))),
        }
        for file, group in forged.groupby("file", sort=False)
    ]
    first, second = "Changes noticed", "All hashes made again: noticed by deriving the file again"
    remarks = {first: REMARK.format(size=size, minutes=seconds / 60)}
    write(
        "tampering",
        "Tampering with a run, and the audit",
        {first: rates, second: by_file},
        remarks,
    )


REMARK = """Random changes to a copy of a run on {size[0]} scenes of the demo with {size[1]}
attacks, to every kind of file in turn; {minutes:.0f} minutes in all. Only the checks of hashes
look for flipped bytes and edited cells. The third line is what someone can do who makes every
hash of the run again, the list of checksums included: the published sha256 of that list reveals
it, and without that sha256 only deriving values again does. Changes below the tolerances of
docs/audit.md pass.
"""

if __name__ == "__main__":
    main()
