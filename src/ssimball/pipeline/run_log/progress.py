"""Counts the jobs of a run and estimates how long the others will take."""

from collections import defaultdict
from dataclasses import dataclass, field

from ssimball.pipeline.run_log.announcement import Announcement, Work, jobs

#: Seconds per image of the rules on the demo, on one core. Only their ratios are used, and only for
#: rules of which no job has finished yet.
_TYPICAL = {
    "attack_shard": 0.46,
    "causal_shard": 0.09,
    "explain_shard": 0.15,
    "causal_references_shard": 0.18,
    "region_noise_shard": 0.09,
    "region_test_shard": 2.5,
    "ssim_shard": 0.03,
}
_TYPICAL_OF_OTHERS = 0.03
#: Seconds that a job of any rule takes in addition; figures take longer.
_START = 0.4
_START_OF_FIGURES = 1.5
#: Seconds of typical jobs that count as much as what has been observed.
_PRIOR = 20.0
_ALL_RULES = ""


@dataclass
class _Sum:
    """Seconds of some jobs, and the amount of work that took them."""

    seconds: float = 0.0
    amount: float = 0.0

    def add(self, seconds: float, amount: float) -> None:
        """Add a job."""
        self.seconds += seconds
        self.amount += amount

    def shrunk(self, expected: float) -> float:
        """Return seconds over amount, drawn to what is expected where little was observed."""
        return (self.seconds + _PRIOR * expected) / (self.amount + _PRIOR)


@dataclass
class Stage:
    """The jobs of one stage.

    Attributes:
        name: What the log calls it.
        works: Its jobs.
        done: Jobs that have finished.
        failed: Numbers of the jobs that have failed.
        seconds: What the finished jobs took, added up.
    """

    name: str
    works: list[Work] = field(default_factory=list)
    done: list[Work] = field(default_factory=list)
    failed: set[int] = field(default_factory=set)
    seconds: float = 0.0

    @property
    def ended(self) -> bool:
        """Whether all jobs have finished or failed."""
        return len(self.done) + len(self.failed) >= len(self.works)

    def amount(self) -> str:
        """How much is done, such as ``20 of 20 images``."""
        by_shard = [work for work in self.works if "shard" in work.wildcards]
        if not by_shard:
            return f"{len(self.done)} of {jobs(len(self.works))}"
        total = sum(work.images for work in by_shard)
        done = sum(work.images for work in self.done if "shard" in work.wildcards)
        kinds = len({work.kind for work in by_shard})
        product = f" ({kinds} x {total // kinds})" if kinds > 1 and total % kinds == 0 else ""
        return f"{done} of {total} images{product}"


class Progress:
    """The state of a run.

    Args:
        plan: The jobs that will run.
        now: Time at which the first can start, in seconds.
    """

    def __init__(self, plan: Announcement, now: float) -> None:
        """Nothing has started yet."""
        self.began = now
        self.works = {work.job_id: work for work in plan.works}
        self.stages: dict[str, Stage] = {}
        for work in plan.works:
            self.stages.setdefault(work.stage, Stage(work.stage)).works.append(work)
        self.running: dict[int, float] = {}
        self.ended: set[int] = set()
        self._busy = 0.0
        # Finished jobs by kind, per image; by rule, beside what is typical.
        self._kinds: defaultdict[str, _Sum] = defaultdict(_Sum)
        self._rules: defaultdict[str, _Sum] = defaultdict(_Sum)
        for usage in plan.earlier:
            self._learn(usage.rule, usage.name, usage.seconds, usage.images)

    def start(self, job_id: int, now: float) -> None:
        """Note that a job starts, for the first time or again."""
        self.running[job_id] = now
        self.ended.discard(job_id)
        if job_id in self.works:
            self.stages[self.works[job_id].stage].failed.discard(job_id)

    def finish(self, job_id: int, now: float, seconds: float | None) -> Stage | None:
        """Note that a job has finished.

        Args:
            job_id: Its number.
            now: The time.
            seconds: What the job took by its own account; None if it does not say.

        Returns:
            Its stage; None for a job that belongs to none.
        """
        took = now - self.running.pop(job_id, now)
        work = self.works.get(job_id)
        if work is None:
            return None
        self.ended.add(job_id)
        self._busy += took
        stage = self.stages[work.stage]
        stage.done.append(work)
        stage.seconds += took if seconds is None else seconds
        self._learn(work.rule, work.kind, took if seconds is None else seconds, work.images)
        return stage

    def fail(self, job_id: int, now: float) -> None:
        """Note that a job has failed; it may start again."""
        self._busy += now - self.running.pop(job_id, now)
        work = self.works.get(job_id)
        if work is not None:
            self.ended.add(job_id)
            self.stages[work.stage].failed.add(job_id)

    def seconds_left(self, now: float) -> float | None:
        """Return an estimate of the time until all jobs have ended; None as long as none is known.

        It is the work that is left, divided by the work done per second so far: that includes how
        many jobs run at once, and what they wait for.
        """
        busy = self._busy + sum(now - since for since in self.running.values())
        if not self._kinds or busy <= 0 or now <= self.began:
            return None
        left = 0.0
        for job_id, work in self.works.items():
            if job_id not in self.ended:
                spent = now - self.running[job_id] if job_id in self.running else 0.0
                left += max(self._expected(work) - spent, 0.0)
        return left * (now - self.began) / busy

    def unfinished(self) -> str:
        """Return how many jobs failed, and how many were not run because of that."""
        failed = sum(len(stage.failed) for stage in self.stages.values())
        return (
            f"{jobs(len(self.ended) - failed)} finished, {failed} failed, "
            f"{len(self.works) - len(self.ended)} not run. Remove the cause, and give the same "
            "command again: it continues."
        )

    def _learn(self, rule: str, kind: str, seconds: float, images: int) -> None:
        self._kinds[kind].add(seconds, images)
        for name in (rule, _ALL_RULES):
            self._rules[name].add(seconds, _typical(rule, images))

    def _expected(self, work: Work) -> float:
        """Return how long a job will take, by jobs of its kind, or else of its rule and of all."""
        known = self._kinds.get(work.kind)
        if known is not None:
            return known.seconds / max(known.amount, 1.0) * max(work.images, 1)
        slower = self._rules[_ALL_RULES].shrunk(1.0)
        if work.rule in self._rules:
            slower = self._rules[work.rule].shrunk(slower)
        return _typical(work.rule, work.images) * slower


def _typical(rule: str, images: int) -> float:
    start = _START_OF_FIGURES if rule.startswith("figure") else _START
    return start + _TYPICAL.get(rule, _TYPICAL_OF_OTHERS) * images
