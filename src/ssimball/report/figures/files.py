"""The files of a figure: its table, and PDF and PNG drawn from that table."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ssimball.report.figures.style import Row, save
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import read_table, write_table

#: Columns that name attacks.
_NAMES = ("attack", "other", "label")


def publish(
    path: str | Path,
    contract: Contract,
    rows: Sequence[Row],
    provenance: Provenance,
    draw: Callable[[Sequence[Row]], Figure],
    names: Mapping[str, str] | None = None,
) -> None:
    """Write the table of a figure, and beside it PDF and PNG drawn from the stored table.

    Args:
        path: path of one of the three files, which differ in their suffixes.
        contract: contract of the table.
        rows: rows of the table.
        provenance: stored with the table.
        draw: makes the figure from the rows as they are read back.
        names: attacks that the figure calls by another name than the table, with that name.

    Raises:
        ArtifactError: a row breaks the contract.
    """
    table = Path(path).with_suffix(".parquet")
    write_table(table, contract, rows, provenance)
    stored = read_table(table, contract).to_pylist()
    save(draw([_renamed(row, names or {}) for row in stored]), table.with_suffix(""))


def _renamed(row: Row, names: Mapping[str, str]) -> Row:
    """Return a row with other names of attacks."""
    shown = {key: names.get(row[key], row[key]) for key in _NAMES if key in row}
    return {**row, **shown}
