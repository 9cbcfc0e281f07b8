"""The file of findings that ``--output`` asks for."""

from pathlib import Path

import pandas as pd

from ssimball.storage.atomic import replacing

#: Beginnings of a cell that spreadsheets take for a formula.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def write_findings(findings: pd.DataFrame, path: Path) -> None:
    """Write findings as CSV where the path ends in ``.csv``, otherwise as Parquet.

    In CSV, text that a spreadsheet would take for a formula begins with an apostrophe.
    """
    with replacing(path) as temporary:
        if path.suffix == ".csv":
            findings.map(_inert).to_csv(temporary, index=False)
        else:
            findings.to_parquet(temporary, index=False)


def _inert(cell: object) -> object:
    if not isinstance(cell, str) or not cell.startswith(_FORMULA) or _is_number(cell):
        return cell
    return f"'{cell}"


def _is_number(cell: str) -> bool:
    try:
        float(cell)
    except ValueError:
        return False
    return True
