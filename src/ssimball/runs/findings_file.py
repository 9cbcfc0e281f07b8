"""The file that a command writes all its findings to: ``--output``."""

from pathlib import Path

import pandas as pd


def write_findings(found: pd.DataFrame, path: Path) -> None:
    """Findings as ``.csv``, or Parquet."""
    if path.suffix == ".csv":
        found.to_csv(path, index=False)
    else:
        found.to_parquet(path, index=False)
