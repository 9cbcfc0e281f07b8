"""Forecasts a run of 5,000 images from pilots, and checks a forecast that can be checked."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pandas as pd
from common import Rows
from photographs import forecast_run

from ssimball.pipeline.costs import fit_costs, read_usage
from ssimball.pipeline.forecast import totals_by_rule
from ssimball.pipeline.usage import JobUsage

#: Images of the forecast run; images of its pilots; images of those that forecast the first pilot.
IMAGES, PILOTS, CHECKING = 5000, (24, 6), (6, 2)
#: Cores of the nodes that the forecast is for, and their numbers.
CORES, NODES = 16, (1, 4, 16)


def processor_time(usage: Sequence[JobUsage]) -> list[JobUsage]:
    """Return usage with the time on the processor in place of that on the clock.

    Other work on the machine hardly changes it.
    """
    return [replace(job, seconds=job.cpu_seconds) for job in usage]


def whole_run(pilots: Sequence[Path], arguments: Sequence[str]) -> pd.DataFrame:
    """Forecast all jobs of a run, from runs of few images."""
    usage = [job for pilot in pilots for job in read_usage(pilot)]
    return forecast_run(arguments, fit_costs(processor_time(usage)))


def by_rule(table: pd.DataFrame) -> Rows:
    """Return the totals of each rule, the longest first; attacks one by one."""
    attacks = table["rule"] == "attack_shard"
    named = table.assign(rule=table["rule"].where(~attacks, table["name"]))
    # Lines through runs of 6 and 24 images say nothing of memory for thousands.
    shown = totals_by_rule(named).drop(columns=["GPU-hours", "memory, GiB"])
    totals = shown.sort_values("core-hours")
    return [{"jobs of": rule, **row} for rule, row in totals[::-1].to_dict("index").items()]


def on_nodes(table: pd.DataFrame) -> Rows:
    """Return hours by number of nodes: the work by core, then the single jobs one by one."""
    hours = table["seconds"] / 3600
    shards, single = hours[table["shard"]], hours[~table["shard"]]
    return [
        {
            "nodes": nodes,
            "cores": nodes * CORES,
            "hours": max(shards.sum() / (nodes * CORES), shards.max()) + single.sum(),
        }
        for nodes in NODES
    ]


def checked(pilots: Sequence[Path], run: Path, arguments: Sequence[str]) -> Rows:
    """Compare the forecast of a finished run with what its jobs took, by rule."""
    forecast = whole_run(pilots, [*arguments, "--forceall"])
    took = pd.DataFrame([vars(job) for job in processor_time(read_usage(run))])
    both = pd.DataFrame(
        {
            "forecast s": forecast.groupby("rule")["seconds"].sum(),
            "actual s": took.groupby("rule")["seconds"].sum(),
        }
    )
    both.loc["all"] = both.sum()
    both["ratio"] = both["forecast s"] / both["actual s"]
    both = both.sort_values("actual s", ascending=False).head(8)
    return [{"jobs of": rule, **row} for rule, row in both.to_dict("index").items()]
