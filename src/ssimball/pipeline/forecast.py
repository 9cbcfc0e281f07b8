"""Forecasts what a run will cost from the usage of a finished one: ``ssimball forecast PILOT``.

The jobs are those that Snakemake would run. What each costs comes from the logs of a finished run
on the same machine (``make pilot``), see :mod:`ssimball.pipeline.costs`.
"""

import math
from collections.abc import Sequence

import pandas as pd
import yaml

from ssimball.config.messages import listed
from ssimball.pipeline.costs import Cost
from ssimball.pipeline.reruns import Job

#: How long the longest job of a study on a cluster should take, in minutes: short enough to be
#: repeated when it is lost, long enough that its start does not matter.
LONGEST_JOB_MINUTES = 60
_GIB = 1024.0  # MiB
#: A node may be slower than the machine of the pilot, or share its cores.
_SAFETY = 3
_LEAST_MINUTES = 15
_RUNTIMES_HEADER = f"""\
# Minutes that jobs ask a cluster for: {_SAFETY} times their forecast, at least {_LEAST_MINUTES}.
# Name this overlay last, and write it again after a change of execution.shard_size.
"""


def forecast(jobs: Sequence[Job], costs: dict[str, Cost]) -> tuple[pd.DataFrame, list[str]]:
    """Forecast the cost of jobs.

    Args:
        jobs: The jobs that would run.
        costs: Costs by kind of job.

    Returns:
        One row per job with columns rule, name, images, seconds, image (seconds per image), start
        (seconds), memory_mib (peak), stored_mib, gpu (whether it uses one), shard (whether it
        works on a shard rather than on all images); and the kinds of job without known costs.
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
                "image": cost.seconds.per_image,
                "start": cost.seconds.start,
                "memory_mib": cost.memory_mib.at(job.images),
                "stored_mib": cost.stored_mib.at(job.images),
                "gpu": cost.device == "cuda",
                "shard": "shard" in job.wildcards,
            }
        )
    return pd.DataFrame(rows), sorted(unknown)


def totals_by_rule(table: pd.DataFrame) -> pd.DataFrame:
    """Return the totals of each rule and of all jobs, from the table of :func:`forecast`."""
    totals = {rule: _totals(table[table["rule"] == rule]) for rule in table["rule"].unique()}
    return pd.DataFrame({**totals, "all": _totals(table)}).T


def _totals(table: pd.DataFrame) -> dict[str, float]:
    hours = table["seconds"] / 3600
    return {
        "jobs": len(table),
        "core-hours": hours.sum(),
        "GPU-hours": hours[table["gpu"]].sum(),
        "longest job, min": table["seconds"].max() / 60,
        "memory, GiB": table["memory_mib"].max() / _GIB,
        "disk, GiB": table["stored_mib"].sum() / _GIB,
    }


def shard_size(table: pd.DataFrame) -> tuple[str, int]:
    """Return the kind of job with the slowest images, and the shard size at which it takes an hour.

    Args:
        table: As :func:`forecast` returns it, with at least one job on a shard.
    """
    shards = table[table["shard"]]
    slowest = shards.iloc[int(shards["image"].to_numpy().argmax())]
    size = int((LONGEST_JOB_MINUTES * 60 - slowest["start"]) / max(slowest["image"], 1e-9))
    return str(slowest["name"]), max(1, size)


def _advice(table: pd.DataFrame) -> str:
    name, size = shard_size(table)
    jobs = table[table["name"] == name]
    return (
        f"The slowest kind of job is {name}, with {jobs['image'].iloc[0]:.2f} s per image. As "
        f"configured, its jobs take {jobs['seconds'].median() / 60:.1f} minutes; with "
        f"execution.shard_size: {size} they would take {LONGEST_JOB_MINUTES} minutes."
    )


def runtimes_overlay(table: pd.DataFrame) -> str:
    """Return the runtimes that jobs should ask a cluster for, as an overlay of the configuration.

    Args:
        table: As :func:`forecast` returns it.
    """
    longest = table.groupby("name")["seconds"].max()
    minutes = {
        str(name): max(_LEAST_MINUTES, math.ceil(_SAFETY * seconds / 60))
        for name, seconds in longest.items()
    }
    return _RUNTIMES_HEADER + yaml.safe_dump({"execution": {"runtimes": minutes}})


def forecast_text(table: pd.DataFrame, unknown: Sequence[str], cores: int) -> str:
    """Return the forecast as text for people.

    Args:
        table: As :func:`forecast` returns it.
        unknown: Kinds of job without known costs, as it returns them.
        cores: Number of cores that share the work.
    """
    if not len(table) and not unknown:
        return "Nothing would run: all results exist and are up to date.\n"
    lines = []
    if len(table):
        lines.append(totals_by_rule(table).to_string(float_format=lambda value: f"{value:.4g}"))
        minutes = table["seconds"].sum() / 60 / cores
        lines.append(f"About {minutes:.0f} minutes on {cores} otherwise idle cores.")
        lines += [_advice(table)] if table["shard"].any() else []
    if unknown:
        lines.append(
            f"NOT COUNTED, since the pilot had no such job: {listed(unknown)}. Make a pilot with "
            "the same configuration."
        )
    return "\n".join(lines) + "\n"
