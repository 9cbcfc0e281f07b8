"""The work of an audit, in units that processes can do: what shares values stays together."""

from collections.abc import Callable, Iterable, Sequence
from ctypes import c_bool
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cached_property
from multiprocessing.sharedctypes import RawArray

from ssimball.errors import ArtifactError, ImpossibleError, SsimballError, first_line
from ssimball.runs.audit.findings import Finding, Tally
from ssimball.runs.audit.interface import FILES, Check
from ssimball.runs.layout import Artifact, artifact_of
from ssimball.runs.opening import CONFIG
from ssimball.runs.run import Run
from ssimball.runtime.workers import in_processes


@dataclass(frozen=True)
class Task:
    """A check of one file.

    Attributes:
        check: the check.
        path: the file.
        problem: why the run does not say which files there are; empty: it does.
    """

    check: Check
    path: str
    problem: str = ""

    def findings(self, run: Run) -> list[Finding]:
        """Make the check."""
        tally = Tally(self.check.name, self.path)
        try:
            if self.problem:
                raise ArtifactError(self.problem)
            self.check.examine(run, self.path, tally)
        except ImpossibleError as error:
            tally.impossible("", "", str(error))
        except SsimballError as error:
            tally.fail("", "", "files that can be read", "damaged or missing files", error.fact)
        except Exception as error:  # A file that was tampered with can lead to any error.
            reason = first_line(error)
            tally.fail("", "", "values that can be derived", "values that cannot", reason)
        return tally.findings()

    def cost(self, images: float) -> float:
        """Return the expected CPU seconds, on the machine that they were measured on.

        Args:
            images: mean number of images of a shard.
        """
        has_shard = self.artifact is not None and bool(self.artifact.shard)
        return self.check.cost * (images if has_shard else 1.0)

    @cached_property
    def artifact(self) -> Artifact | None:
        """The table that the path names; None where it is another file."""
        try:
            return artifact_of(self.path)
        except ArtifactError:
            return None


def tasks_of(run: Run, checks: Iterable[Check], artifacts: str = "*") -> list[Task]:
    """Return the checks of all files, in order.

    Args:
        run: the finished run.
        checks: checks to run, in this order.
        artifacts: pattern of the paths to examine; ``*`` matches slashes too.
    """
    tasks = []
    for check in checks:
        try:
            paths = [path for path in check.artifacts(run) if fnmatchcase(path, artifacts)]
            tasks += [Task(check, path) for path in paths]
        except SsimballError as error:
            # The configuration and the subset determine which artifacts there are.
            tasks.append(Task(check, CONFIG, error.fact))
    return tasks


def images_of_shard(run: Run) -> float:
    """Return the mean number of images of a shard; 1 where the run does not say it."""
    try:
        return len(run.subset) / max(len(run.shards), 1)
    except SsimballError:
        return 1.0


def units_of(tasks: Sequence[Task], images: float) -> list[list[int]]:
    """Group tasks that need the same values: checks of a family, on one network and shard.

    Args:
        tasks: what is to be done.
        images: mean number of images of a shard.

    Returns:
        Numbers of tasks: in a unit, those of one attack follow each other. First come the files as
        bytes, which say soon whether anything was changed; then the units that take longest, so
        that no process waits for another at the end.
    """
    units: dict[tuple[str, str, str], list[int]] = {}
    for number, task in enumerate(tasks):
        table, family = task.artifact, task.check.family or task.check.name
        place = (table.network_prefix, table.shard) if table and task.check.by_shard else ("", "")
        units.setdefault((family, *place), []).append(number)

    def attack(number: int) -> str:
        table = tasks[number].artifact
        return "" if table is None else table.attack

    def order(numbers: list[int]) -> tuple[bool, float]:
        seconds = sum(tasks[number].cost(images) for number in numbers)
        return tasks[numbers[0]].check.family != FILES, -seconds

    return sorted((sorted(numbers, key=attack) for numbers in units.values()), key=order)


def findings_of(
    run: Run,
    tasks: Sequence[Task],
    processes: int,
    ended: Callable[[Sequence[int], Sequence[list[Finding]]], None],
    waiting: Callable[[Sequence[bool]], None],
) -> list[Finding]:
    """Do the tasks in several processes, and return their findings in the tasks' order.

    Args:
        run: the finished run.
        tasks: what to do.
        processes: number of processes.
        ended: called with the numbers of tasks that ended together, and their findings.
        waiting: called from time to time, with whether each task was done.
    """
    units = units_of(tasks, images_of_shard(run))
    found: dict[int, list[Finding]] = {}
    done = RawArray(c_bool, max(len(tasks), 1))  # in memory that forked processes share

    def task(number: int) -> list[Finding]:
        findings = tasks[number].findings(run)
        done[number] = True
        return findings

    def work(unit: int) -> list[list[Finding]]:
        return [task(number) for number in units[unit]]

    count = min(processes, len(units))
    for unit, findings in in_processes(work, len(units), count, lambda: waiting(list(done))):
        found |= dict(zip(units[unit], findings, strict=True))
        waiting(list(done))
        ended(units[unit], findings)
    return [finding for number in range(len(tasks)) for finding in found[number]]
