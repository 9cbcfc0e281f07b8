"""What a run will take, from what another one took: ``ssimball plan PILOT``.

The jobs are those that Snakemake would run. What each takes comes from the logs of a finished run
on the same machine (``make pilot``), see :mod:`ssimball.pipeline.costs`.
"""

from collections.abc import Sequence

import pandas as pd

from ssimball.config.messages import listed
from ssimball.pipeline.costs import Cost
from ssimball.pipeline.reruns import Job

#: How long the longest job of a study on a cluster should last, in minutes: short enough to be
#: repeated where it is lost, long enough that its start does not count.
LONGEST = 60
_GIB = 1024.0


def forecast(jobs: Sequence[Job], costs: dict[str, Cost]) -> tuple[pd.DataFrame, list[str]]:
    """What jobs will take, one row each, and the kinds of job of which nothing is known.

    Returns:
        columns rule, name, images, seconds, image (seconds an image), start (seconds), megabytes
        (peak memory, MiB), stored (MiB), gpu (whether on one), shard (whether of one, and not of
        all images); kinds that have no cost.
    """
    rows, unknown = [], set()
    for job in jobs:
        cost = costs.get(job.name)
        if cost is None:
            unknown.add(job.name)
            continue
        rows.append(
            {
                "rule": job.rule,
                "name": job.name,
                "images": job.images,
                "seconds": cost.seconds.at(job.images),
                "image": cost.seconds.image,
                "start": cost.seconds.start,
                "megabytes": cost.megabytes.at(job.images),
                "stored": cost.stored.at(job.images),
                "gpu": cost.device == "cuda",
                "shard": "shard" in job.wildcards,
            }
        )
    return pd.DataFrame(rows), sorted(unknown)


def by_rule(found: pd.DataFrame) -> pd.DataFrame:
    """Totals of each rule and of all."""
    totals = {rule: _totals(found[found["rule"] == rule]) for rule in found["rule"].unique()}
    return pd.DataFrame({**totals, "all": _totals(found)}).T


def _totals(found: pd.DataFrame) -> dict[str, float]:
    hours = found["seconds"] / 3600
    return {
        "jobs": len(found),
        "core-hours": hours.sum(),
        "GPU-hours": hours[found["gpu"]].sum(),
        "longest job, min": found["seconds"].max() / 60,
        "memory, GiB": found["megabytes"].max() / _GIB,
        "disk, GiB": found["stored"].sum() / _GIB,
    }


def shard_size(found: pd.DataFrame) -> tuple[str, int]:
    """The kind of shard in which an image takes longest, and with which size it lasts an hour."""
    shards = found[found["shard"]]
    slowest = shards.iloc[int(shards["image"].to_numpy().argmax())]
    size = int((LONGEST * 60 - slowest["start"]) / max(slowest["image"], 1e-9))
    return str(slowest["name"]), max(1, size)


def _advice(found: pd.DataFrame) -> str:
    name, size = shard_size(found)
    jobs = found[found["name"] == name]
    return (
        f"An image takes longest in {name}: {jobs['image'].iloc[0]:.2f} s. With "
        f"execution.shard_size: {size} its jobs would last {LONGEST} minutes; as configured they "
        f"last {jobs['seconds'].median() / 60:.1f}."
    )


def text(jobs: Sequence[Job], costs: dict[str, Cost], cores: int) -> str:
    """The forecast in words and numbers."""
    if not jobs:
        return "Nothing would run: everything is there and up to date.\n"
    found, unknown = forecast(jobs, costs)
    lines = []
    if len(found):
        lines.append(by_rule(found).to_string(float_format=lambda value: f"{value:.4g}"))
        minutes = found["seconds"].sum() / 60 / cores
        lines.append(f"On {cores} cores about {minutes:.0f} minutes, if they have no other work.")
        lines += [_advice(found)] if found["shard"].any() else []
    if unknown:
        lines.append(
            f"NOT COUNTED, as the pilot had no such job: {listed(unknown)}. Make a pilot of the "
            "same configuration."
        )
    return "\n".join(lines) + "\n"
