"""Fits what jobs cost from the usage that finished runs recorded.

Every job ends its log with its usage. Over jobs of one kind (rule, attack, explanation, network)
each quantity is modelled as a start plus an amount per image.
"""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import nnls

from ssimball.errors import ArtifactError
from ssimball.pipeline.run_log.job_logs import log_text
from ssimball.pipeline.usage import JobUsage


@dataclass(frozen=True)
class LinearCost:
    """A quantity that grows linearly with the number of images."""

    start: float
    per_image: float

    def at(self, images: int) -> float:
        """Return the quantity for a number of images."""
        return self.start + self.per_image * images


@dataclass(frozen=True)
class Cost:
    """What a job of one kind costs: seconds, peak memory in MiB, size of its files in MiB."""

    seconds: LinearCost
    memory_mib: LinearCost
    stored_mib: LinearCost
    device: str


def read_usage(folder: Path) -> list[JobUsage]:
    """Read the usage of all finished jobs of a run.

    Args:
        folder: Folder of the run.

    Raises:
        ArtifactError: No log of the run records usage.
    """
    logs = sorted((folder / "logs").rglob("*.log"))
    records = [JobUsage.of_log(log_text(log)) for log in logs]
    usage = [record for record in records if record is not None]
    if not usage:
        raise ArtifactError(
            f"{folder / 'logs'}: no log of a finished job; name the folder of a run of this "
            "version, such as one of `make pilot`"
        )
    return usage


def fit_costs(records: Sequence[JobUsage]) -> dict[str, Cost]:
    """Fit the costs of each kind of job.

    All kinds of one rule share a start. Jobs of two sizes separate it from the amount per image:
    a run has shards of two sizes, and jobs on all images differ between two runs. Where all jobs
    of a rule have the same number of images, the start is the smallest one fitted for other rules.

    Memory of a job on all images is the largest recorded: a line through the few images of pilots
    says nothing of thousands. benchmarks/scale.md measures it.

    Args:
        records: Usage of the jobs of one or more runs.

    Returns:
        Costs by kind of job.
    """
    fits = {
        quantity: _fit_quantity(records, quantity)
        for quantity in ("seconds", "memory_mib", "stored_mib")
    }
    fits["memory_mib"] |= _peaks(job for job in records if "shard" not in job.wildcards)
    devices = {record.name: record.device for record in records}
    return {
        name: Cost(device=device, **{quantity: fit[name] for quantity, fit in fits.items()})
        for name, device in devices.items()
    }


def _peaks(records: Iterable[JobUsage]) -> dict[str, LinearCost]:
    """Return the largest memory of each kind of job, whatever the number of images."""
    peaks: dict[str, float] = {}
    for job in records:
        peaks[job.name] = max(job.memory_mib, peaks.get(job.name, 0.0))
    return {name: LinearCost(peak, 0.0) for name, peak in peaks.items()}


def _fit_quantity(records: Sequence[JobUsage], quantity: str) -> dict[str, LinearCost]:
    """Fit one quantity of all kinds of job."""
    fits: dict[str, LinearCost] = {}
    # Rules with jobs of several sizes come first: they determine their start themselves.
    for members in sorted(_by_rule(records), key=lambda jobs: len(_sizes(jobs)), reverse=True):
        values = np.array([getattr(job, quantity) for job in members])
        known_start = min((fit.start for fit in fits.values()), default=0.0)
        fits |= _fit_rule(members, values, min(known_start, values.min()))
    return fits


def _by_rule(records: Sequence[JobUsage]) -> list[list[JobUsage]]:
    groups: defaultdict[str, list[JobUsage]] = defaultdict(list)
    for record in records:
        groups[record.rule].append(record)
    return list(groups.values())


def _sizes(members: Sequence[JobUsage]) -> set[int]:
    return {job.images for job in members}


def _fit_rule(
    members: Sequence[JobUsage], values: NDArray[np.float64], known_start: float
) -> dict[str, LinearCost]:
    """Fit the kinds of one rule by least squares of relative errors, without negative amounts.

    Args:
        members: The jobs.
        values: Their values of one quantity.
        known_start: The start to assume where all jobs have the same number of images.
    """
    kinds = sorted({job.name for job in members})
    if _sizes(members) == {0}:
        means = pd.Series(values).groupby([job.name for job in members]).mean()
        return {str(kind): LinearCost(float(mean), 0.0) for kind, mean in means.items()}
    fit_start = len(_sizes(members)) > 1
    design = np.zeros((len(members), 1 + len(kinds)))
    design[:, 0] = fit_start
    for row, job in enumerate(members):
        design[row, 1 + kinds.index(job.name)] = job.images
    fixed_start = 0.0 if fit_start else known_start
    scale = np.maximum(values, 1e-9)
    fitted_start, *per_image = nnls(design / scale[:, None], (values - fixed_start) / scale)[0]
    start = float(fitted_start) + fixed_start
    return {
        kind: LinearCost(start, float(amount))
        for kind, amount in zip(kinds, per_image, strict=True)
    }
