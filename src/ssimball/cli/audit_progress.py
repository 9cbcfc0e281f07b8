"""Lines about an audit that is at work: one for each check, and the time that is left."""

import time
from collections import Counter
from collections.abc import Callable, Sequence

from ssimball.cli.output import say
from ssimball.pipeline.run_log.durations import about, clock
from ssimball.runs.audit.findings import FAILED, Finding
from ssimball.runs.audit.tasks import Task
from ssimball.runs.wording import counted

#: Seconds of work whose rate is taken as expected before what is measured counts.
_PRIOR = 3.0
#: Seconds without a line.
_SILENCE = 10.0
_WIDTH = 14


class AuditProgress:
    """Prints a line when all files of a check are done, and after a time without any."""

    def __init__(
        self,
        tasks: Sequence[Task],
        images: float,
        processes: int,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        """Begin.

        Args:
            tasks: everything that the audit does.
            images: mean number of images of a shard.
            processes: number of processes.
            now: the time in seconds.
        """
        self._tasks, self._processes, self._now = tasks, processes, now
        self._costs = [task.cost(images) for task in tasks]
        self._began, self._last_line = now(), 0.0
        self._done = 0.0
        self._left = Counter(task.check.name for task in tasks)
        self._files = Counter(self._left)
        self._failures: Counter[str] = Counter()

    @property
    def seconds(self) -> float:
        """Seconds since the audit began."""
        return self._now() - self._began

    def begin(self) -> None:
        """Print what is to be done."""
        files = len({task.path for task in self._tasks})
        say(f"{files} files, {len(self._left)} checks; {about(self._expected())}", err=True)

    def ended(self, numbers: Sequence[int], findings: Sequence[list[Finding]]) -> None:
        """Print the checks whose last tasks ended, and how many failures they found."""
        for number, found in zip(numbers, findings, strict=True):
            name = self._tasks[number].check.name
            self._left[name] -= 1
            self._failures[name] += sum(one.verdict == FAILED for one in found)
        ended = {self._tasks[n].check.name: self._tasks[n].check.claim for n in numbers}
        for name, claim in ended.items():
            if not self._left[name]:
                parts = [counted(self._files[name], "file")]
                parts += [counted(n, "failure") for n in [self._failures[name]] if n]
                self._say(f"{name:<{_WIDTH}} {', '.join(parts)}: {claim}")

    def waiting(self, done: Sequence[bool]) -> None:
        """Learn which tasks are done, and print how far the audit is after a time without a line.

        Args:
            done: whether each task is done.
        """
        pairs = zip(self._costs, done, strict=False)
        self._done = sum(cost for cost, is_done in pairs if is_done)
        if self.seconds - self._last_line >= _SILENCE:
            self._say(f"{sum(done)} of {len(self._tasks)} single checks")

    def _say(self, text: str) -> None:
        self._last_line = self.seconds
        left = f"; {about(self._expected())} left" if any(self._left.values()) else ""
        say(f"{clock(self.seconds):>7}  {text}{left}", err=True)

    def _expected(self) -> float:
        """Return the seconds that the rest takes, by the rate that was measured so far."""
        rate = (self._done + _PRIOR * self._processes) / (self.seconds + _PRIOR)
        return max(sum(self._costs) - self._done, 0.0) / rate
