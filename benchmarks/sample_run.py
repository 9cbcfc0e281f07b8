"""A run on photographs: what pilots foretell of it, and what running it as a workflow costs.

``SSIMBALL_SAMPLE=path/to/folder python benchmarks/sample_run.py [images]``; part of
``make benchmark`` where the folder is named. Writes benchmarks/sample_run.md and
sample_run.parquet. Two cores: the workflow on one of them, and on the other one process that runs
each script as soon as the workflow does, so that both see the same machine.
"""

import itertools
import runpy
import shutil
import sys
import tempfile
import time
from pathlib import Path

from common import Rows, write
from photographs import PILOT_SHARD, PILOTS, ROOT, begin, foreseen, options, pilots

from ssimball.pipeline.costs import fitted, recorded
from ssimball.pipeline.usage import MARK
from ssimball.runtime.environment import prepare_environment

#: Two attacks and a control, so that 120 images take less than an hour.
ATTACKS = ("fgsm", "ssim_ball", "ball_permuted_signs")
#: How this file begins itself again.
KEEP, ALONE = "--keep-scripts", "--in-one-process"
FORETOLD = """Seconds of all jobs together, from pilots of {pilots} images in shards of {shard} and
fewer, which took {took:.0f} s on two cores. The target is to be within 25 %.
"""
OVERHEAD = """The workflow on one core (planning, a process for each of {jobs} jobs, bookkeeping)
beside the same scripts run one after the other in one process. The target is at most 1.15.
"""


def keeping_scripts(kept: Path, arguments: list[str]) -> None:
    """Snakemake, which keeps every script that it runs, in their order."""
    from snakemake import cli
    from snakemake.script import PythonScript

    plainly = PythonScript.execute_script
    numbers = itertools.count()

    def execute(self: PythonScript, name: str, edit: bool = False) -> None:
        copy = kept / f"{next(numbers):03}.py"
        shutil.copy(name, copy.with_suffix(".tmp"))
        copy.with_suffix(".tmp").rename(copy)
        plainly(self, name, edit)

    PythonScript.execute_script = execute
    try:
        cli.main([*arguments, "--cores", "1"])
    finally:
        (kept / "ended").touch()


def in_one_process(kept: Path, results: Path) -> None:
    """Those scripts, as they come, in this process; prints what they take.

    Args:
        results: of the run that they belong to, for its folders.
    """
    spent = []
    for number in itertools.count():
        script = kept / f"{number:03}.py"
        while not script.exists():
            if (kept / "ended").exists():
                print(f"{MARK}{sum(spent)}")
                return
            time.sleep(0.05)
        for folder in [path for path in results.rglob("*") if path.is_dir()]:
            (Path.cwd() / "results" / folder.relative_to(results.parent)).mkdir(
                parents=True, exist_ok=True
            )
        start = time.perf_counter()
        runpy.run_path(str(script), run_name="__main__")
        spent.append(time.perf_counter() - start)


def foretold(folder: Path, images: str, shard_size: int) -> tuple[float, float]:
    """Seconds that pilots took, and the seconds of the whole run's jobs that they foretell."""
    start = time.perf_counter()
    records = pilots(folder, ATTACKS)
    took = time.perf_counter() - start
    whole = options(folder, "whole", images, shard_size, ATTACKS)
    found = foreseen(whole, fitted(records))
    return took, float(found["seconds"].sum())


def main(images: str) -> None:
    shard_size = 120
    # For the one process too, which has started and loaded torch before Snakemake sees to it.
    prepare_environment(ROOT / "src")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        took, expected = foretold(Path(first), images, shard_size)
        kept, results = Path(first) / "kept", Path(first) / "results" / "whole"
        kept.mkdir()
        this = [sys.executable, str(Path(__file__).resolve())]
        arguments = options(Path(first), "whole", images, shard_size, ATTACKS)
        start = time.perf_counter()
        workflow = begin([*this, KEEP, str(kept), *arguments], Path(first) / "whole.log")
        one = [*this, ALONE, str(kept), str(results)]
        alone = begin(one, Path(second) / "whole.log", Path(second))
        workflow.ended()
        wall = time.perf_counter() - start
        work = float(alone.ended().rpartition(MARK)[2])
        spent = recorded(results)
    actual = sum(one.seconds for one in spent)
    title = f"{images} photographs" if images != "all" else "All photographs"
    tables: dict[str, Rows] = {
        "What pilots foretell": [
            {"foretold s": expected, "taken s": actual, "ratio": expected / actual}
        ],
        "What the workflow adds": [
            {"workflow s": wall, "one process s": work, "ratio": wall / work}
        ],
    }
    remarks = {
        "What pilots foretell": FORETOLD.format(
            pilots=" and ".join(map(str, PILOTS)), shard=PILOT_SHARD, took=took
        ),
        "What the workflow adds": OVERHEAD.format(jobs=len(spent)),
    }
    write("sample_run", f"A run on photographs: {title}", tables, remarks)


if __name__ == "__main__":
    if sys.argv[1:2] == [KEEP]:
        keeping_scripts(Path(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:2] == [ALONE]:
        in_one_process(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(sys.argv[1] if sys.argv[1:] else "all")
