"""Plans a run, and runs its jobs one by one, each in a process of its own that imports no more.

``python scale_job.py plan FOLDER FILE...`` stores the jobs that are single for the run;
``python scale_job.py run FOLDER NUMBER`` runs one of them.
"""

import os
import pickle
import sys
from pathlib import Path

from ssimball.pipeline.by_hand import find_jobs, run_by_hand

ROOT = Path(__file__).resolve().parent.parent
#: Name of the stored jobs.
JOBS = "single_jobs.pickle"


def plan(configfiles: list[Path]) -> None:
    """Store the jobs in the working directory, in an order in which they can run."""
    jobs = find_jobs(ROOT / "Snakefile", [], configfiles)
    single = [(script, job) for script, job in jobs if "shard" not in dict(job.wildcards.items())]
    Path(JOBS).write_bytes(pickle.dumps(single))
    print(*(job.rule for _, job in single))


def run(number: int) -> None:
    """Run a stored job; the last line of its log says what it took."""
    script, job = pickle.loads(Path(JOBS).read_bytes())[number]
    run_by_hand(script, job, Path())


if __name__ == "__main__":
    os.chdir(sys.argv[2])
    if sys.argv[1] == "plan":
        plan([Path(name) for name in sys.argv[3:]])
    else:
        run(int(sys.argv[3]))
