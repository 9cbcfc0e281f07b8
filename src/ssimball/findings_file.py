"""The file that a command writes all its findings to: ``--output``."""

import argparse
from pathlib import Path

import pandas as pd


def check_output(parser: argparse.ArgumentParser, path: Path | None) -> None:
    """End with the parser's error where a file is named that is of neither kind."""
    if path is not None and path.suffix not in (".csv", ".parquet"):
        parser.error(f"--output: {path} ends neither in .csv nor in .parquet")


def write_findings(found: pd.DataFrame, path: Path) -> None:
    """Findings as ``.csv``, or Parquet."""
    if path.suffix == ".csv":
        found.to_csv(path, index=False)
    else:
        found.to_parquet(path, index=False)
