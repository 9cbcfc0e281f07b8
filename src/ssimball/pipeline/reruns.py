"""Explains in sentences why a stage would run again: ``ssimball reruns``.

Snakemake's dry run gives a reason for each job, with its old and new parameters. The parameters of
this workflow are all settings that a stage depends on (:mod:`ssimball.pipeline.stages`), so old and
new ones can be compared key by key.
"""

import ast
import json
import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ssimball.config.changes import changed_settings
from ssimball.config.messages import listed
from ssimball.pipeline.usage import job_name
from ssimball.runtime.processes import python_command, python_environment

#: The workflow's default profile, from the folder of the project.
PROFILE = "profiles/default"
_HASH = re.compile(r"[0-9a-f]{64}")
_PARAMETERS = "Params have changed since last execution: "
#: Beginnings of Snakemake's reasons, and their meaning here; {} stands for files.
_REASONS = (
    ("Missing output files: ", "it has not been made yet"),
    ("Incomplete output files: ", "it was interrupted before its files were whole"),
    ("Updated input files: ", "it reads files newer than what was made of them: {}"),
    ("Input files updated by another job: ", "it reads what is made again: {}"),
    ("Set of input files has changed", "it reads other files than before"),
    ("Forced execution", "it was asked for by force"),
    ("Software environment definition has changed", "its software environment has changed"),
)


@dataclass(frozen=True)
class Job:
    """A job that would run: its rule, wildcards, Snakemake's reason, and number of images."""

    rule: str
    wildcards: dict[str, str]
    reason: str
    images: int = 0

    @property
    def name(self) -> str:
        """The kind of the job, see :func:`ssimball.pipeline.usage.job_name`."""
        return job_name(self.rule, self.wildcards)


def jobs_in(text: str) -> list[Job]:
    """Return the jobs that the output of a dry run lists."""
    jobs = []
    for block in re.split(r"\n(?=(?:local)?rule \w+:\n)", text)[1:]:
        head, *lines = block.splitlines()
        pairs = (re.fullmatch(r"    (\w+): ?(.*)", line) for line in lines)
        entries = {pair[1]: pair[2] for pair in pairs if pair}
        wildcards = dict(
            part.split("=", 1) for part in entries.get("wildcards", "").split(", ") if "=" in part
        )
        rule = head.split()[-1].rstrip(":")
        if "reason" in entries:
            images = re.search(r"\bimages=(\d+)", entries.get("resources", ""))
            jobs.append(Job(rule, wildcards, entries["reason"], int(images[1]) if images else 0))
    return jobs


def sentences(reason: str) -> list[str]:
    """Return one of Snakemake's reasons as sentences."""
    explained = []
    for part in reason.split("; "):
        if part.startswith(_PARAMETERS):
            explained += parameters(reason[reason.index(_PARAMETERS) :])
            break  # what follows belongs to the parameters, or is no separate reason
        for start, meaning in _REASONS:
            if part.startswith(start):
                files = {_table(path) for path in part.removeprefix(start).split(", ")}
                explained.append(meaning.format(listed(sorted(files))))
    return explained or [reason]


def parameters(text: str) -> list[str]:
    """Return which parameters of a job have changed: settings key by key, the code as a whole."""
    before, now = _sides(text)
    both = changed_settings(before[0], now[0]) if before and now else []
    changed = [f"{setting.key} was {setting.before}, is {setting.after}" for setting in both]
    explained = [f"settings have changed: {listed(changed, '; ')}"] if changed else []
    if _HASH.search(re.sub(r"\{.*\}", "", text)):
        explained.append("its code has changed: the script or a module that it imports")
    return explained or ["its parameters have changed"]


def _sides(text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Parse the settings before and now from a reason with two lists of literals."""
    body = text.partition("before: ")[2].strip()
    for cut in re.finditer(r" now: ", body):
        try:
            sides = [_literals(body[: cut.start()]), _literals(body[cut.end() :])]
        except (SyntaxError, ValueError):
            continue
        known = [[json.loads(text) for text in side if text[:1] == "{"] for side in sides]
        return known[0], known[1]
    return [], []


def _literals(text: str) -> list[str]:
    if text.strip() == "<nothing exclusive>":
        return []
    return [str(literal) for literal in ast.literal_eval(f"[{text}]")]


def _table(path: str) -> str:
    """Return the path of a file from its run's folder, without the shard."""
    return re.sub(r"^results/[^/]+/|/\d{5}\.parquet$", "", path)


def explanation(jobs: Sequence[Job]) -> list[str]:
    """Return one line for all jobs of a stage that run for the same reason."""
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if job.rule != "all":
            why = ", and ".join(sentences(job.reason))
            groups.setdefault((job.rule, why), []).append(job)
    lines = [
        f"{rule.removesuffix('_shard')}{_which(members)}: {why}"
        for (rule, why), members in groups.items()
    ]
    return lines or ["Nothing would run again."]


def _which(jobs: Sequence[Job]) -> str:
    """Return which jobs of a stage they are: attacks and the like, and shards."""
    names = dict.fromkeys(job.name.removeprefix(job.rule).strip() for job in jobs)
    shards = sorted({job.wildcards["shard"] for job in jobs if "shard" in job.wildcards})
    parts = [listed(list(filter(None, names)))] if any(names) else []
    parts += [f"shards {listed(shards)}"] if shards else []
    return f" ({'; '.join(parts)})" if parts else ""


def dry_run(arguments: Sequence[str]) -> tuple[int, str, list[Job]]:
    """Return the exit code of a dry run of Snakemake, its output, and the jobs it lists."""
    command = python_command("-m", "snakemake", "--profile", PROFILE)
    # In this order, since --quiet would take a target that follows it as one of its values.
    options = ["--quiet", "progress", "--dry-run"]
    done = subprocess.run(
        [*command, *options, *arguments],
        capture_output=True,
        encoding="utf-8",
        errors="replace",
        check=False,
        env=python_environment(PYTHONUTF8="1", PYTHONIOENCODING="utf-8"),
    )
    text = done.stdout + done.stderr
    return done.returncode, text, jobs_in(text)
