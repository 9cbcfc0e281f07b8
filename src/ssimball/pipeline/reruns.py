"""Why a stage would run again, in sentences: ``ssimball why``.

Snakemake's dry run gives each job its reason, with parameters as before and as they are now. The
parameters of this workflow are what a stage depends on (:mod:`ssimball.pipeline.plan`), so the two
can be compared key by key.
"""

import ast
import json
import re
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ssimball.config.changes import changed_settings
from ssimball.config.messages import listed
from ssimball.pipeline.usage import job_name

#: Where the workflow's defaults lie, from the folder of the project.
PROFILE = "profiles/default"
_HASH = re.compile(r"[0-9a-f]{64}")
_PARAMETERS = "Params have changed since last execution: "
#: Beginnings of reasons as Snakemake words them, and what they mean here; {} are files.
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
    """A job that would run: its rule, wildcards, Snakemake's reason, and on how many images."""

    rule: str
    wildcards: dict[str, str]
    reason: str
    images: int = 0

    @property
    def name(self) -> str:
        """Rule and what it is about, without the shard."""
        return job_name(self.rule, self.wildcards)


def jobs_in(text: str) -> list[Job]:
    """The jobs that a dry run lists."""
    found = []
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
            found.append(Job(rule, wildcards, entries["reason"], int(images[1]) if images else 0))
    return found


def sentences(reason: str) -> list[str]:
    """Snakemake's reason in words."""
    found = []
    for part in reason.split("; "):
        if part.startswith(_PARAMETERS):
            found += parameters(reason[reason.index(_PARAMETERS) :])
            break  # what follows belongs to the parameters, or is no reason of its own
        for start, meaning in _REASONS:
            if part.startswith(start):
                files = {_table(path) for path in part.removeprefix(start).split(", ")}
                found.append(meaning.format(listed(sorted(files))))
    return found or [reason]


def parameters(text: str) -> list[str]:
    """What has changed among a job's parameters: its settings key by key, its code as a whole."""
    before, now = _sides(text)
    both = changed_settings(before[0], now[0]) if before and now else []
    changed = [f"{setting.key} was {setting.before}, is {setting.after}" for setting in both]
    found = [f"settings have changed: {listed(changed, '; ')}"] if changed else []
    if _HASH.search(re.sub(r"\{.*\}", "", text)):
        found.append("its code has changed: the script or a module that it imports")
    return found or ["its parameters have changed"]


def _sides(text: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Settings before and now of a reason that Snakemake wrote as two lists of literals."""
    body = text.partition("before: ")[2].strip()
    for cut in re.finditer(r" now: ", body):
        try:
            sides = [_literals(body[: cut.start()]), _literals(body[cut.end() :])]
        except (SyntaxError, ValueError):
            continue
        known = [[json.loads(one) for one in side if one[:1] == "{"] for side in sides]
        return known[0], known[1]
    return [], []


def _literals(text: str) -> list[str]:
    if text.strip() == "<nothing exclusive>":
        return []
    return [str(one) for one in ast.literal_eval(f"[{text}]")]


def _table(path: str) -> str:
    """A file within its run, without its shard."""
    return re.sub(r"^results/[^/]+/|/\d{5}\.parquet$", "", path)


def explanation(jobs: Sequence[Job]) -> list[str]:
    """One line for jobs of a rule, attack or explanation that run for the same reason."""
    groups: dict[tuple[str, str], list[Job]] = {}
    for job in jobs:
        if job.rule != "all":
            why = ", and ".join(sentences(job.reason))
            groups.setdefault((job.name, why), []).append(job)
    lines = []
    for (name, why), members in groups.items():
        shards = sorted({job.wildcards["shard"] for job in members if "shard" in job.wildcards})
        where = f" (shards {listed(shards)})" if shards else ""
        lines.append(f"{name}{where}: {why}")
    return lines or ["Nothing would run again."]


def dry_run(arguments: Sequence[str]) -> tuple[int, str, list[Job]]:
    """Exit code of a dry run of Snakemake, what it printed, and the jobs that it lists."""
    command = [sys.executable, "-m", "snakemake", "--profile", PROFILE]
    # In this order: --quiet would take a target that follows it for one more of its words.
    options = ["--quiet", "progress", "--dry-run"]
    done = subprocess.run(
        [*command, *options, *arguments], capture_output=True, text=True, check=False
    )
    text = done.stdout + done.stderr
    return done.returncode, text, jobs_in(text)
