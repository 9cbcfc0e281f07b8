"""The files of a figure: what it shows as a table, and the figure drawn from that."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ssimball.report.figures.style import Row, save
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import read_table, write_table


def publish(
    path: str | Path,
    contract: Contract,
    rows: Sequence[Row],
    provenance: Provenance,
    draw: Callable[[Sequence[Row]], Figure],
) -> None:
    """Write the table of a figure, and beside it PDF and PNG drawn from it as it was stored.

    Args:
        path: of one of the three, whose names differ by their ends.
        rows: of the contract.
        draw: makes the figure of these rows, as they are read back.

    Raises:
        ArtifactError: a row breaks the contract.
    """
    table = Path(path).with_suffix(".parquet")
    write_table(table, contract, rows, provenance)
    save(draw(read_table(table, contract).to_pylist()), table.with_suffix(""))
