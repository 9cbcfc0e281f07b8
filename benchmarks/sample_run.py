"""Measures a run on photographs: how well pilots forecast it, and the overhead of the workflow.

``SSIMBALL_SAMPLE=path/to/folder python benchmarks/sample_run.py [images]``; part of
``make benchmark`` where SSIMBALL_SAMPLE is set. Writes benchmarks/sample_run.md and
sample_run.parquet. It needs two cores: one runs the workflow, and on the other a single process
runs each script as soon as the workflow does, so that both run on the same machine.
"""

import itertools
import runpy
import shutil
import sys
import tempfile
import time
from pathlib import Path

from common import Rows, write
from photographs import PILOT_SHARD, PILOTS, ROOT, forecast_run, options, run_pilots, start_logged

from ssimball.pipeline.costs import fit_costs, read_usage
from ssimball.runtime.environment import prepare_environment

#: Two attacks and a control, so that 120 images take less than an hour.
ATTACKS = ("fgsm", "ssim_ball", "ball_permuted_signs")
#: Options with which this file starts itself again.
KEEP, ALONE = "--keep-scripts", "--in-one-process"
#: Precedes the total seconds in the output of the single process.
MARK = "total seconds: "
FORECAST = """Sum of the seconds of all jobs, forecast from pilots of {pilots} images in shards of
at most {shard}. The pilots took {took:.0f} s on two cores. The target is an error of at most 25 %.
"""
OVERHEAD = """The workflow on one core (planning, a process for each of {jobs} jobs, bookkeeping)
compared with the same scripts, one after the other in one process. The target is a ratio of at most
1.15.
"""


def keeping_scripts(kept: Path, arguments: list[str]) -> None:
    """Run Snakemake, and keep a numbered copy of every script that it runs."""
    from snakemake import cli
    from snakemake.script import PythonScript

    execute_script = PythonScript.execute_script
    numbers = itertools.count()

    def execute(self: PythonScript, name: str, edit: bool = False) -> None:
        copy = kept / f"{next(numbers):03}.py"
        shutil.copy(name, copy.with_suffix(".tmp"))
        copy.with_suffix(".tmp").rename(copy)
        execute_script(self, name, edit)

    PythonScript.execute_script = execute
    try:
        cli.main([*arguments, "--cores", "1"])
    finally:
        (kept / "ended").touch()


def in_one_process(kept: Path, results: Path) -> None:
    """Run the kept scripts in this process as they appear, and print their total seconds.

    Args:
        kept: Folder of the copies.
        results: Results folder of the run that they belong to, whose folders are copied.
    """
    seconds = []
    for number in itertools.count():
        script = kept / f"{number:03}.py"
        while not script.exists():
            if (kept / "ended").exists():
                print(f"{MARK}{sum(seconds)}")
                return
            time.sleep(0.05)
        for folder in [path for path in results.rglob("*") if path.is_dir()]:
            (Path.cwd() / "results" / folder.relative_to(results.parent)).mkdir(
                parents=True, exist_ok=True
            )
        start = time.perf_counter()
        runpy.run_path(str(script), run_name="__main__")
        seconds.append(time.perf_counter() - start)


def forecast_seconds(folder: Path, images: str, shard_size: int) -> tuple[float, float]:
    """Return the seconds that the pilots took, and their forecast for all jobs of the run."""
    start = time.perf_counter()
    records = run_pilots(folder, ATTACKS)
    took = time.perf_counter() - start
    whole = options(folder, "whole", images, shard_size, ATTACKS)
    table = forecast_run(whole, fit_costs(records))
    return took, float(table["seconds"].sum())


def main(images: str) -> None:
    """Measure a run on so many photographs, and write the page."""
    shard_size = 120
    # Also for the single process, which loads torch before Snakemake could prepare it.
    prepare_environment(ROOT / "src")
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        took, expected = forecast_seconds(Path(first), images, shard_size)
        kept, results = Path(first) / "kept", Path(first) / "results" / "whole"
        kept.mkdir()
        this = [sys.executable, str(Path(__file__).resolve())]
        arguments = options(Path(first), "whole", images, shard_size, ATTACKS)
        start = time.perf_counter()
        workflow = start_logged([*this, KEEP, str(kept), *arguments], Path(first) / "whole.log")
        one = [*this, ALONE, str(kept), str(results)]
        alone = start_logged(one, Path(second) / "whole.log", Path(second))
        workflow.finish()
        wall = time.perf_counter() - start
        work = float(alone.finish().rpartition(MARK)[2])
        usage = read_usage(results)
    actual = sum(job.seconds for job in usage)
    title = f"{images} photographs" if images != "all" else "All photographs"
    tables: dict[str, Rows] = {
        "Forecast from pilots": [
            {"forecast s": expected, "actual s": actual, "ratio": expected / actual}
        ],
        "Overhead of the workflow": [
            {"workflow s": wall, "one process s": work, "ratio": wall / work}
        ],
    }
    remarks = {
        "Forecast from pilots": FORECAST.format(
            pilots=" and ".join(map(str, PILOTS)), shard=PILOT_SHARD, took=took
        ),
        "Overhead of the workflow": OVERHEAD.format(jobs=len(usage)),
    }
    write("sample_run", f"A run on photographs: {title}", tables, remarks)


if __name__ == "__main__":
    if sys.argv[1:2] == [KEEP]:
        keeping_scripts(Path(sys.argv[2]), sys.argv[3:])
    elif sys.argv[1:2] == [ALONE]:
        in_one_process(Path(sys.argv[2]), Path(sys.argv[3]))
    else:
        main(sys.argv[1] if sys.argv[1:] else "all")
