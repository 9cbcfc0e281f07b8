"""How often the audit notices what was changed in a run: flipped bytes and edited cells.

On a copy of results/demo, which ``make demo`` makes, or of the run in another folder:
``python benchmarks/tampering.py results/<run>``. ``make benchmark`` writes benchmarks/tampering.md
and tampering.parquet.
"""

import shutil
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
from common import Rows, write

from ssimball.runs.audit import tampering
from ssimball.runs.audit.findings import FAILED
from ssimball.runs.audit.registry import CHECKS, audit
from ssimball.runs.audit.report import kind_of
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Run, present
from ssimball.storage.checksums import CHECKSUMS

FLIPS, EDITS, FORGED = 60, 40, 60
HASHES = ("checksums", "content", "chain")
BYTES = "one byte flipped"
CELLS = "one cell edited, its content hash made again"
CHAINS = "one cell edited, all hashes of the run made again"


def noticed(folder: Path, names: tuple[str, ...], artifacts: str = "*") -> list[str]:
    """Checks that fail."""
    checks = [check for check in CHECKS if not names or check.name in names]
    found = audit(Run(folder), checks, artifacts)
    return list(dict.fromkeys(one.check for one in found if one.verdict == FAILED))


def flips(folder: Path, rng: np.random.Generator) -> Iterator[dict[str, object]]:
    """A random byte of a random file, in every kind of file in turn."""
    kinds = by_kind([CHECKSUMS, *present(Run(folder))])
    for number in range(FLIPS):
        artifact = str(rng.choice(kinds[list(kinds)[number % len(kinds)]]))
        path = folder / artifact
        content = path.read_bytes()
        tampering.flip(path, int(rng.integers(len(content))), int(rng.integers(1, 256)))
        yield {"kind": BYTES, "artifact": artifact, "noticed by": noticed(folder, HASHES)}
        path.write_bytes(content)


def edits(folder: Path, rng: np.random.Generator, count: int, kind: str) -> Iterator[dict]:
    """A random cell of a random column, in every kind of table in turn.

    With all hashes made again only deriving values again can tell; it is asked of the file alone.
    """
    kinds = by_kind([one.path for one in Run(folder).tables])
    kept = {name: (folder / name).read_bytes() for name in [CHECKSUMS, *present(Run(folder))]}
    number = 0
    while number < count:
        artifact = str(rng.choice(kinds[list(kinds)[number % len(kinds)]]))
        cell = random_cell(folder, artifact, rng)
        if cell is None:
            continue
        row, column, value = cell
        tampering.edit(folder, artifact, row, column, value)
        if kind == CHAINS:
            tampering.relink(folder, artifact)
            assert not noticed(folder, HASHES)
            found = noticed(folder, (), artifact)
        else:
            found = noticed(folder, HASHES)
        yield {"kind": kind, "artifact": artifact, "column": column, "noticed by": found}
        for name, content in kept.items():
            if (folder / name).read_bytes() != content:
                (folder / name).write_bytes(content)
        number += 1


def by_kind(artifacts: list[str]) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for artifact in artifacts:
        found.setdefault(kind_of(artifact), []).append(artifact)
    return found


def random_cell(folder: Path, artifact: str, rng: np.random.Generator) -> tuple | None:
    """Row, column and another value of a cell that is not null; None where there is none."""
    column = rng.choice(np.array(artifact_of(artifact).contract.columns, dtype=object))
    rows = Run(folder).rows(artifact, *([column.name] if column.dims else []))
    known = [number for number, row in enumerate(rows) if row[column.name] is not None]
    if not known:
        return None
    row = int(rng.choice(known))
    return row, column.name, tampering.another(column, rows[row][column.name], rng)


def main() -> None:
    source = Path(sys.argv[1] if sys.argv[1:] else "results/demo")
    if not (source / CHECKSUMS).is_file():
        sys.exit(f"{source}: no finished run; make demo")
    found: Rows = []
    start = time.perf_counter()
    with tempfile.TemporaryDirectory() as temporary:
        folder = Path(temporary) / "run"
        shutil.copytree(source, folder, ignore=shutil.ignore_patterns("logs"))
        assert not noticed(folder, HASHES)
        size = len(Run(folder).subset), len(Run(folder).study.attacks)
        rng = np.random.default_rng(0)
        found += flips(folder, rng)
        found += edits(folder, rng, EDITS, CELLS)
        found += edits(folder, rng, FORGED, CHAINS)
    report(found, size, time.perf_counter() - start)


def report(found: Rows, size: tuple[int, int], seconds: float) -> None:
    table = pd.DataFrame(found)
    table["noticed"] = table["noticed by"].map(len) > 0
    groups = table.groupby("kind", sort=False)["noticed"]
    rates = [
        {
            "change": kind,
            "changes": len(own),
            "noticed": int(own.sum()),
            "rate": f"{own.mean():.0%}",
        }
        for kind, own in groups
    ]
    forged = table[table.kind == CHAINS].assign(file=lambda rows: rows.artifact.map(kind_of))
    of_files = [
        {
            "file": file,
            "changes": len(own),
            "noticed": int(own.noticed.sum()),
            "by": ", ".join(sorted({name for names in own["noticed by"] for name in names})),
            "not noticed": ", ".join(sorted(set(own.column[~own.noticed]))),
        }
        for file, own in forged.groupby("file", sort=False)
    ]
    first, second = "Changes noticed", "All hashes made again: noticed by deriving the file again"
    remarks = {first: REMARK.format(size=size, minutes=seconds / 60)}
    write(
        "tampering",
        "Tampering with a run, and the audit",
        {first: rates, second: of_files},
        remarks,
    )


REMARK = """Random places in a copy of a run on {size[0]} scenes of the demo with {size[1]} attacks,
every kind of file in turn; {minutes:.0f} minutes in all. Flipped bytes and edited cells are met by
the checks of hashes alone. The third line is what someone can do who makes every hash of the run
again, its list of checksums too: the published sha256 of that list then tells, and without it only
what is derived again. Changes below the tolerances of docs/audit.md pass.
"""

if __name__ == "__main__":
    main()
