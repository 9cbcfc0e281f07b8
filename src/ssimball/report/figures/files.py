"""The files of a figure: its table, and PDF and PNG drawn from that table."""

from collections.abc import Callable, Sequence
from pathlib import Path

from matplotlib.figure import Figure

from ssimball.config.stages.figures import FigureStage
from ssimball.overlap.stored_maps import are_exact
from ssimball.report.figures.style import Row, save
from ssimball.storage.contracts.columns import Contract
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import read_table, write_table


def publish(
    path: str | Path,
    contract: Contract,
    rows: Sequence[Row],
    provenance: Provenance,
    draw: Callable[[Sequence[Row]], Figure],
    stage: FigureStage | None = None,
) -> None:
    """Write the table of a figure, and beside it PDF and PNG drawn from the stored table.

    Figures of a run whose class activation maps are not exact say so.

    Args:
        path: path of one of the three files, which differ in their suffixes.
        contract: contract of the table.
        rows: rows of the table.
        provenance: stored with the table.
        draw: makes the figure from the rows as they are read back.
        stage: says by which names labels call attacks, and the group of each. Rows have them in
            ``attack`` and ``group`` when they are drawn.

    Raises:
        ArtifactError: a row breaks the contract.
    """
    table = Path(path).with_suffix(".parquet")
    write_table(table, contract, rows, provenance)
    stored = read_table(table, contract).to_pylist()
    figure = draw(stored if stage is None else labelled(stored, stage))
    # All maps of the run, which the figures' tables were made from.
    if not are_exact(table.parents[1].glob(EXPLANATIONS.at(explanation="cam", shard="*"))):
        figure.text(1, 0, "CAM: Grad-CAM, not exact ", ha="right", va="bottom", fontsize=7)
    save(figure, table.with_suffix(""))


def labelled(rows: Sequence[Row], stage: FigureStage) -> list[Row]:
    """Return rows with the display names and the groups of their attacks."""
    return [
        row
        if row["attack"] is None
        else {
            **row,
            "attack": stage.display_name(row["attack"]),
            "group": stage.group(row["attack"]),
        }
        for row in rows
    ]
