"""Jobs that failed because of their input are not tried again, as the profiles of clusters ask for.

The profiles repeat a job that is lost with its machine. One that was refused would fail again, on
every shard, after waiting in the queue each time.
"""

import time
from pathlib import Path
from typing import Any

from snakemake.jobs import Job

from ssimball.pipeline.run_log.job_logs import REFUSED, last_lines

_jobs: Any = Job
_restart_times = Job.restart_times


def retry_lost_jobs_only() -> None:
    """Let Snakemake repeat no job of this process's run that was refused."""
    started = time.time()

    def restart_times(job: Any) -> int:
        logs = [Path(str(path)) for path in job.log]
        if any(was_refused(log, started) for log in logs):
            return 0
        times: int = _restart_times.fget(job)
        return times

    _jobs.restart_times = property(restart_times)


def was_refused(log: Path, since: float) -> bool:
    """Return whether a log ends with a refusal of a job's input.

    Args:
        log: log of a job.
        since: when the run began; an older log is of an earlier start.
    """
    try:
        return log.stat().st_mtime >= since and last_lines(log, 1)[-1].startswith(REFUSED)
    except (OSError, IndexError):
        return False
