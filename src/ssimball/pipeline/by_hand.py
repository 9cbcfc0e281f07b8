"""Runs the script of one job in this process, for debugging.

``python -m ssimball.pipeline.by_hand OUTPUT [--configfile FILE ...] [--to FOLDER]`` asks Snakemake
for the job that makes the file OUTPUT. It then runs the script of the job's rule with the same
inputs, parameters, wildcards, resources and configuration, but without scheduler, fork server or
subprocess, so that a debugger (``python -m pdb -m ...``) or a profiler works as with any program.
The inputs of the job must exist. Its outputs and its log are written below FOLDER, so the run
itself is not changed.
"""

import argparse
import runpy
import sys
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path
from typing import Any

from snakemake.api import SnakemakeApi
from snakemake.exceptions import RuleException, WorkflowError
from snakemake.iocontainers import Namedlist, Snakemake
from snakemake.settings.types import (
    ConfigSettings,
    DAGSettings,
    OutputSettings,
    Quietness,
    ResourceSettings,
)

from ssimball.errors import ConfigError
from ssimball.pipeline.run_log.job_logs import log_text

SNAKEFILE = Path("Snakefile")


def find_jobs(
    snakefile: Path, targets: Collection[str] = (), configfiles: Sequence[Path] = ()
) -> list[tuple[Path, Any]]:
    """Return the jobs with a script that some files need, each after those whose files it reads.

    Args:
        snakefile: Entry of the workflow.
        targets: Paths of files to make, from the working directory; empty: the whole run.
        configfiles: Overlays of the configuration.

    Returns:
        The script of each job, and the object that Snakemake would give to it.
    """
    with SnakemakeApi(OutputSettings(quiet={Quietness.ALL})) as api:
        workflow_api = api.workflow(
            resource_settings=ResourceSettings(cores=1),
            config_settings=ConfigSettings(configfiles=list(configfiles)),
            snakefile=snakefile,
        )
        workflow_api.dag(DAGSettings(targets=set(targets))).execute_workflow(executor="dryrun")
        workflow = workflow_api._workflow
        jobs = [job for level in workflow.dag.toposorted() for job in level]
        return [_stand_in(job, workflow.config) for job in jobs if job.rule.script]


def _stand_in(job: Any, config: Mapping[str, Any]) -> tuple[Path, Any]:
    script = Path(job.rule.basedir.get_path_or_uri(secret_free=True), job.rule.script)
    stand_in = Snakemake(
        *(job.input, job.output, job.params, job.wildcards, job.threads, job.resources),
        *(job.log, config, job.rule.name, None, str(script.parent)),
    )
    return script.resolve(), stand_in


def find_job(snakefile: Path, output: str, configfiles: Sequence[Path] = ()) -> tuple[Path, Any]:
    """Return the script that makes a file, and the object that Snakemake would give to it.

    Args:
        snakefile: Entry of the workflow.
        output: Path of the file, from the working directory.
        configfiles: Overlays of the configuration.

    Raises:
        ConfigError: No rule with a script makes the file.
    """
    for script, stand_in in find_jobs(snakefile, [output], configfiles):
        if output in map(str, stand_in.output):
            return script, stand_in
    raise ConfigError(f"{output}: no script of the workflow makes this file")


def redirect(paths: Namedlist, folder: Path) -> None:
    """Put a job's outputs or logs below another folder, in place, with their names."""
    for index, path in enumerate(paths):
        paths[index] = str(folder / path)
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
    for name, (first, last) in paths._get_names():
        paths._set_name(name, first, end=last)


def run_by_hand(script: Path, snakemake: Any, folder: Path) -> None:
    """Run a script with a stand-in for Snakemake's object.

    Args:
        script: The script.
        snakemake: As :func:`find_job` returns it.
        folder: Folder below which outputs and log are written.
    """
    redirect(snakemake.output, folder)
    redirect(snakemake.log, folder)
    try:
        runpy.run_path(str(script), init_globals={"snakemake": snakemake}, run_name="__main__")
    except BaseException:
        sys.stderr.write(log_text(Path(snakemake.log[0])))
        raise


def main(arguments: Sequence[str] | None = None) -> None:
    """Run the job that the command line names."""
    parser = argparse.ArgumentParser(prog="ssimball.pipeline.by_hand", description=__doc__)
    parser.add_argument("output", help="a file of the run, from the working directory")
    parser.add_argument("--snakefile", type=Path, default=SNAKEFILE)
    parser.add_argument("--configfile", type=Path, nargs="*", default=[], metavar="FILE")
    parser.add_argument("--to", type=Path, default=Path("by_hand"), metavar="FOLDER")
    given = parser.parse_args(arguments)
    try:
        script, snakemake = find_job(given.snakefile, given.output, given.configfile)
    except (RuleException, WorkflowError, ConfigError) as error:
        sys.exit(f"ssimball: {error}")
    print(f"{script} writes below {given.to}")
    run_by_hand(script, snakemake, given.to)


if __name__ == "__main__":
    main()
