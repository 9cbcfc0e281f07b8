"""The numbers of an earlier pilot beside those of a run, each from a query of the run's tables.

A YAML file lists the pilot's numbers by experiment. Each names a table of the run with a row per
image, the rows and the column that hold the same quantity, and on how many images the pilot was.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict, ValidationError

from ssimball.errors import ArtifactError, ConfigError
from ssimball.storage.parquet_files import read_pandas
from ssimball.storage.yaml_files import read_yaml

#: Number of standard errors within which 95 % of differences lie.
_WITHIN = 1.96


class _Strict(BaseModel):
    """A part of the file: fixed, and without unknown keys."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Quantity(_Strict):
    """A number of the pilot, and where the run has it.

    Attributes:
        what: what it is.
        pilot: its value.
        images: number of images of the pilot.
        table: files of the run, relative to its folder; may hold ``*``.
        where: the rows, by column.
        column: the column; several rows of an image are averaged.
        less: a column that is subtracted from it, or None.
        style: how it is written.
    """

    what: str
    pilot: float
    images: int
    table: str
    where: Mapping[str, str]
    column: str
    less: str | None = None
    style: Literal["+z.2f", ".1f", ".0%"] = "+z.2f"


class Experiment(_Strict):
    """An experiment of the pilot.

    Attributes:
        title: its heading.
        quantities: its numbers.
        remark: why numbers differ, or what was not measured.
    """

    title: str
    quantities: tuple[Quantity, ...] = ()
    remark: str = ""


class Pilot(_Strict):
    """All experiments, and what the pilot was."""

    about: str
    experiments: tuple[Experiment, ...]


@dataclass(frozen=True)
class Compared:
    """A number of the pilot beside that of the run.

    Attributes:
        all_images: mean over the images of the run.
        count: number of these images.
        spread: 95 % of random choices of so many images have a mean this close to ``all_images``.
    """

    all_images: float
    count: int
    spread: float


def read_pilot(path: Path) -> Pilot:
    """Read the file of a pilot's numbers.

    Raises:
        ArtifactError: the file is missing or damaged.
    """
    try:
        return Pilot.model_validate(read_yaml(path))
    except (OSError, ConfigError) as error:
        raise ArtifactError(f"{path}: cannot be read as YAML: {error}") from None
    except ValidationError as error:
        problem = error.errors(include_url=False)[0]
        key = ".".join(map(str, problem["loc"]))
        raise ArtifactError(f"{path}: {key}: {problem['msg']}") from None


def compare(run: Path, quantity: Quantity) -> Compared:
    """Find a number of the pilot in a run.

    Args:
        run: folder of a finished run.
        quantity: the number.

    Raises:
        ArtifactError: the run has no such table, column or row.
    """
    values = _values(run, quantity)
    count = min(quantity.images, len(values))
    share = 1 / count - 1 / len(values)
    deviation = values.std(ddof=1) if len(values) > 1 else np.nan
    return Compared(
        all_images=values.mean(),
        count=len(values),
        spread=_WITHIN * deviation * share**0.5,
    )


def _values(run: Path, quantity: Quantity) -> "pd.Series[float]":
    """Return the value of each image that has one."""
    columns = [quantity.column, *([quantity.less] if quantity.less else [])]
    try:
        rows = _frame(run, quantity.table, ["image_id", *quantity.where, *columns])
    except (ArtifactError, ValueError, KeyError) as error:
        raise ArtifactError(f"{run}/{quantity.table}: {quantity.what}: {error}") from None
    for column, value in quantity.where.items():
        rows = rows[rows[column].astype(str) == value]
    values = rows.set_index("image_id")[columns].astype(float)
    less = values[quantity.less] if quantity.less else 0
    by_image = (values[quantity.column] - less).dropna().groupby(level=0).mean()
    if by_image.empty:
        raise ArtifactError(f"{run}/{quantity.table}: {quantity.what}: no image has a value")
    return by_image


def _frame(run: Path, pattern: str, columns: Sequence[str]) -> pd.DataFrame:
    paths = sorted(run.glob(pattern))
    return pd.concat([read_pandas(path, columns) for path in paths])


def pilot_page(run: Path, path: Path) -> str:
    """Return the page that sets a pilot's numbers beside those of a run, as Markdown.

    Args:
        run: folder of a finished run.
        path: file of the pilot's numbers.

    Raises:
        ArtifactError: the file is damaged, or the run lacks a number.
    """
    pilot = read_pilot(path)
    parts = ["# A pilot, and this study\n", pilot.about]
    for experiment in pilot.experiments:
        parts.append(f"## {experiment.title}\n")
        if experiment.quantities:
            parts.append(_table(run, experiment.quantities))
        parts.append(experiment.remark)
    return "\n".join(part.rstrip() + "\n" for part in parts if part)


def _table(run: Path, quantities: Sequence[Quantity]) -> str:
    lines = ["| | pilot | this study | expected within | |", "|---|---:|---:|---:|---|"]
    differing: list[str] = []
    counts: set[int] = set()
    for one in quantities:
        found = compare(run, one)
        counts.add(found.count)
        pilot, mean = (format(value, one.style) for value in (one.pilot, found.all_images))
        spread = format(found.spread, one.style).removeprefix("+")
        # The pilot's numbers are rounded.
        rounding = {"+z.2f": 0.005, ".1f": 0.05, ".0%": 0.005}[one.style]
        apart = abs(one.pilot - found.all_images) > found.spread + rounding
        differing += [one.what] if apart else []
        mark = "differs" if apart else ""
        lines.append(f"| {one.what} | {pilot} | {mean} | ±{spread} | {mark} |")
    names = f": {', '.join(differing)}" if differing else ""
    own = _counted({one.images for one in quantities})
    lines += [
        "",
        f"Images: {own} of the pilot, {_counted(counts)} of this study. "
        f"{len(differing)} of {len(quantities)} numbers differ{names}.",
    ]
    return "\n".join(lines) + "\n"


def _counted(numbers: set[int]) -> str:
    return " or ".join(map(str, sorted(numbers)))
