"""What jobs take, as finished runs recorded it, and from that what other jobs will take.

Every job ends its log with a line of what it has spent. Over jobs of one kind (rule, attack,
explanation, network) that is taken as a start plus so much an image.
"""

import json
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from ssimball.errors import ArtifactError
from ssimball.pipeline.usage import MARK, Spent


@dataclass(frozen=True)
class Line:
    """A start, and so much an image."""

    start: float
    image: float

    def at(self, images: int) -> float:
        """For so many images."""
        return self.start + self.image * images


@dataclass(frozen=True)
class Cost:
    """What a job of some kind takes: seconds, peak memory and size of its files in MiB."""

    seconds: Line
    megabytes: Line
    stored: Line
    device: str


def recorded(folder: Path) -> list[Spent]:
    """What the jobs of a run have spent.

    Args:
        folder: of the run.

    Raises:
        ArtifactError: its logs tell nothing.
    """
    found = []
    for log in sorted((folder / "logs").rglob("*.log")):
        lines = log.read_text(encoding="utf-8").splitlines()
        if lines and lines[-1].startswith(MARK):
            found.append(Spent(**json.loads(lines[-1].removeprefix(MARK))))
    if not found:
        raise ArtifactError(
            f"{folder / 'logs'}: no log of a finished job; name the folder of a run of this "
            "version, such as one of `make pilot`"
        )
    return found


def fitted(records: Sequence[Spent]) -> dict[str, Cost]:
    """Costs by kind of job.

    Kinds of one rule share their start, which jobs of two sizes tell from what an image takes: of
    shards there are two in a run, of jobs on all images there are in two runs. Where all jobs of a
    rule have as many images, the start is taken to be the shortest one known.

    Args:
        records: of one or more runs.
    """
    columns = {}
    for what in ("seconds", "megabytes", "stored"):
        lines: dict[str, Line] = {}
        # Rules that show their start come first.
        for members in sorted(_rules(records), key=lambda one: len(_sizes(one)), reverse=True):
            values = np.array([getattr(one, what) for one in members])
            known = min((line.start for line in lines.values()), default=0.0)
            lines |= _lines(members, values, min(known, values.min()))
        columns[what] = lines
    devices = {one.name: one.device for one in records}
    return {
        name: Cost(device=device, **{what: lines[name] for what, lines in columns.items()})
        for name, device in devices.items()
    }


def _rules(records: Sequence[Spent]) -> list[list[Spent]]:
    found: defaultdict[str, list[Spent]] = defaultdict(list)
    for one in records:
        found[one.rule].append(one)
    return list(found.values())


def _sizes(members: Sequence[Spent]) -> set[int]:
    return {one.images for one in members}


def _lines(members: Sequence[Spent], values: NDArray[np.float64], start: float) -> dict[str, Line]:
    """Least squares of relative errors, with nothing below zero.

    Args:
        start: what to take for it where the jobs cannot tell.
    """
    kinds = sorted({one.name for one in members})
    if _sizes(members) == {0}:
        means = pd.Series(values).groupby([one.name for one in members]).mean()
        return {str(kind): Line(float(mean), 0.0) for kind, mean in means.items()}
    design = np.zeros((len(members), 1 + len(kinds)))
    design[:, 0] = len(_sizes(members)) > 1
    for row, one in enumerate(members):
        design[row, 1 + kinds.index(one.name)] = one.images
    fixed = 0.0 if design[0, 0] else start
    scale = np.maximum(values, 1e-9)
    found, *images = nnls(design / scale[:, None], (values - fixed) / scale)[0]
    shared = float(found) + fixed
    return {kind: Line(shared, float(one)) for kind, one in zip(kinds, images, strict=True)}
