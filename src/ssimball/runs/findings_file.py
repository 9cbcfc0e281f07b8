"""The file of findings that ``--output`` asks for."""

from pathlib import Path

import pandas as pd


def write_findings(findings: pd.DataFrame, path: Path) -> None:
    """Write findings as CSV where the path ends in ``.csv``, otherwise as Parquet."""
    if path.suffix == ".csv":
        findings.to_csv(path, index=False)
    else:
        findings.to_parquet(path, index=False)
