"""Seconds and memory of planning a large study: 50,000 images, 12 attacks, a dry run of Snakemake.

``make benchmark`` writes benchmarks/planning.md and planning.parquet. Where SSIMBALL_SAMPLE names a
folder of photographs, pilots of those attacks on them say how large shards should be on this
machine, which takes some six minutes more, and planning is measured for that size too.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml
from common import Rows, weights_given, write
from photographs import PILOT_SHARD, PILOTS, ROOT, foreseen, options, pilots

from ssimball.pipeline.costs import fitted
from ssimball.pipeline.forecast import shard_size
from ssimball.runtime.environment import prepare_environment

ATTACKS = [
    *("fgsm", "fgm_l2", "bim", "pgd_linf", "pgd_l2", "mi_fgsm", "ssim_ball", "ssim_ball_fw"),
    *("ball_random_gradient", "ball_permuted_signs", "shuffled_l2", "noise_gaussian"),
]
IMAGES, SHARDS = 50_000, (2000, 1000, 500)
#: Of which the median is told.
ROUNDS = 3
#: Runs its arguments and prints the peak memory of that in KiB.
BEGIN = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
TEXT = """The target is 10 s and 500 MB. A job is a shard of an attack or explanation in one stage.
"""
CHOSEN = """
Shards of {size} are what `ssimball plan` chooses on this machine from pilots of {pilots}
photographs, so that the longest jobs last an hour. Of such a shard they would last
{low:.0f} to {high:.0f} minutes for the {many} kinds of job that take longest, and less for others.
"""
MANY = 8


def plan(shard_size: int, folder: Path) -> dict[str, object]:
    """One dry run of a study of which nothing is done yet."""
    overlay = {
        "subset": {"images": IMAGES},
        "attacks": ATTACKS,
        "execution": {"shard_size": shard_size},
    }
    path = folder / "overlay.yaml"
    path.write_text(yaml.safe_dump(overlay), encoding="utf-8")
    command = [sys.executable, "-m", "snakemake", "--snakefile", str(ROOT / "Snakefile")]
    command += ["--profile", str(ROOT / "profiles" / "default"), "--directory", str(folder)]
    command += ["--dry-run", "--configfile", str(ROOT / "config" / "imagenet.yaml"), str(path)]
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        # Begun by a small process: a child's peak counts what its parent held when it was begun.
        done = subprocess.run(
            [sys.executable, "-c", BEGIN, *command], capture_output=True, text=True, check=True
        )
        seconds.append(time.perf_counter() - start)
    total = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("total"))
    peak = int(done.stdout.splitlines()[-1]) / 1024
    return {
        "images a shard": shard_size,
        "jobs": int(total),
        "s": np.median(seconds),
        "peak MB": peak,
    }


def chosen(folder: Path) -> tuple[int, str]:
    """Images of a shard by the cost model of this machine, and what to say of them."""
    prepare_environment(ROOT / "src")
    costs = fitted(pilots(folder, ATTACKS))
    found = foreseen(options(folder, "whole", "all", PILOT_SHARD, ATTACKS), costs)
    _, size = shard_size(found)
    lasting = sorted(
        costs[name].seconds.at(size) / 60 for name in found["name"][found["shard"]].unique()
    )
    several = " and ".join(map(str, PILOTS))
    low, high = lasting[-MANY], lasting[-1]
    return size, CHOSEN.format(size=size, pilots=several, low=low, high=high, many=MANY)


def main() -> None:
    sizes, told = SHARDS, TEXT
    with tempfile.TemporaryDirectory() as folder:
        if weights_given():
            size, why = chosen(Path(folder))
            sizes, told = (size, *sizes), told + why
        rows: Rows = [plan(size, Path(folder)) for size in sizes]
    heading = f"{IMAGES:,} images, {len(ATTACKS)} attacks"
    write("planning", "Planning a large study", {heading: rows}, {heading: told})


if __name__ == "__main__":
    main()
