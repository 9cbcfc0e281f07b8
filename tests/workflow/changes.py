"""Which jobs rerun after a change, by comparing two plans instead of running Snakemake for each.

The jobs of a plan come from the real rules: Snakemake parses the Snakefile in this process and
builds the graph of jobs in an empty folder. So parameters (the canonical stages and the code
fingerprints of :class:`ssimball.pipeline.plan.Plan`), inputs and outputs are those of the workflow.
``test_reruns.py`` and ``test_code_changes.py`` compare the result with dry runs of Snakemake on a
finished run.
"""

import contextlib
import logging
import os
import sys
from collections.abc import Iterator, Mapping
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from unittest import mock

from snakemake.api import SnakemakeApi
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from ssimball.pipeline.usage import job_name

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class PlannedJob:
    """What decides whether a job reruns.

    Attributes:
        rule: Name of the rule.
        wildcards: Wildcards in the order of the rule; with the rule, they identify the job.
        parameters: Parameters by name: the canonical stage, the fingerprint of the code, lists.
        inputs: Paths of the input files.
        outputs: Paths of the output files.
    """

    rule: str
    wildcards: tuple[tuple[str, str], ...]
    parameters: tuple[tuple[str, str], ...]
    inputs: frozenset[str]
    outputs: frozenset[str]

    @property
    def key(self) -> tuple[str, tuple[tuple[str, str], ...]]:
        """The identity of the job: its rule and sorted wildcards."""
        return self.rule, tuple(sorted(self.wildcards))

    @property
    def name(self) -> str:
        """Rule with attack, explanation and network."""
        return job_name(self.rule, dict(self.wildcards))


def planned_jobs(overlay: Mapping, folder: Path, sources: Path = ROOT) -> list[PlannedJob]:
    """Return all jobs of a run that has no results yet.

    Args:
        overlay: Overlay of the configuration.
        folder: An empty folder to plan in.
        sources: Folder of the Snakefile.

    Raises:
        WorkflowError: The Snakefile refuses the configuration.
    """
    with restored(folder), SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(config=deepcopy(dict(overlay))),
            snakefile=sources / "Snakefile",
        )
        workflow_api.dag(DAGSettings()).execute_workflow(executor="dryrun")
        return [
            PlannedJob(
                job.rule.name,
                tuple(job.wildcards_dict.items()),
                tuple(sorted((name, str(value)) for name, value in job.params.items())),
                frozenset(map(str, job.input)),
                frozenset(map(str, job.output)),
            )
            for job in workflow_api._workflow.dag.jobs
            if job.rule.name != "all"
        ]


@contextlib.contextmanager
def restored(folder: Path) -> Iterator[None]:
    """Work in a folder without log lines; restore what the Snakefile changes in the process."""
    path = list(sys.path)
    logging.disable(logging.INFO)
    with contextlib.chdir(folder), mock.patch.dict(os.environ):
        try:
            yield
        finally:
            sys.path[:] = path
            logging.disable(logging.NOTSET)


def reruns(before: list[PlannedJob], now: list[PlannedJob]) -> set[PlannedJob]:
    """Return the jobs that rerun when the plan of a finished run has changed.

    These are new jobs, jobs with other parameters, inputs or additional outputs, and all jobs that
    read what these write.
    """
    finished = {job.key: job for job in before}
    changed = {job for job in now if _differs(finished.get(job.key), job)}
    return changed | downstream(now, {path for job in changed for path in job.outputs})


def _differs(before: PlannedJob | None, now: PlannedJob) -> bool:
    return (
        before is None
        or (before.parameters, before.inputs) != (now.parameters, now.inputs)
        or not now.outputs <= before.outputs
    )


def downstream(jobs: list[PlannedJob], files: set[str]) -> set[PlannedJob]:
    """Return the jobs that read one of the files, directly or through other jobs."""
    found: set[PlannedJob] = set()
    while readers := {job for job in jobs if job.inputs & files} - found:
        found |= readers
        files = {path for job in readers for path in job.outputs}
    return found
