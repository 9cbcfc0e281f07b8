"""Measures time and memory of planning a large study: a dry run for 50,000 images and 12 attacks.

``make benchmark`` writes benchmarks/planning.md and planning.parquet. Where SSIMBALL_SAMPLE names a
folder of photographs, pilots of those attacks on them determine how large shards should be on this
machine. That takes about six more minutes. Planning is then measured for that size too.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import yaml
from common import Rows, weights_given, write
from photographs import PILOT_SHARD, PILOTS, ROOT, forecast_run, options, run_pilots

from ssimball.config.dataset import IMAGENET_CLASSES
from ssimball.datasets.imagenet_names import imagenet_wnids
from ssimball.pipeline.costs import fit_costs
from ssimball.pipeline.forecast import shard_size
from ssimball.runtime.environment import prepare_environment

ATTACKS = [
    *("fgsm", "fgm_l2", "bim", "pgd_linf", "pgd_l2", "mi_fgsm", "ssim_ball", "ssim_ball_fw"),
    *("ball_random_gradient", "ball_permuted_signs", "shuffled_l2", "noise_gaussian"),
]
IMAGES, SHARDS = 50_000, (2000, 1000, 500)
#: Number of dry runs; the median is reported.
ROUNDS = 3
#: Program that runs its arguments as a command and prints the command's peak memory in KiB.
WITH_PEAK_MEMORY = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
TEXT = """The target is 10 s and 500 MB. A job is a shard of an attack or explanation in one stage.
"""
RECOMMENDED = """
On this machine `ssimball forecast` recommends shards of {size} images, from pilots of {pilots}
photographs, so that the longest jobs take an hour. With such shards the {many} slowest kinds of job
take {low:.0f} to {high:.0f} minutes, and all others less.
"""
#: Number of slowest kinds of job that the text mentions.
SLOWEST = 8


def touch_images(folder: Path) -> None:
    """Make empty files in the places of the images, which a plan lists and does not open."""
    each = IMAGES // IMAGENET_CLASSES
    for label, wnid in enumerate(imagenet_wnids()):
        of_class = folder / "imagenet" / "val" / wnid
        of_class.mkdir(parents=True)
        for number in range(label * each, (label + 1) * each):
            (of_class / f"ILSVRC2012_val_{number + 1:08d}.JPEG").touch()


def plan(shard_size: int, folder: Path) -> dict[str, object]:
    """Measure dry runs of a study of which nothing has been run yet."""
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
        # Started by a small process: a child's peak memory includes its parent's at the fork.
        done = subprocess.run(
            [sys.executable, "-c", WITH_PEAK_MEMORY, *command],
            capture_output=True,
            text=True,
            check=True,
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


def recommended_size(folder: Path) -> tuple[int, str]:
    """Return the shard size that the cost model of this machine recommends, and text about it."""
    prepare_environment(ROOT / "src")
    costs = fit_costs(run_pilots(folder, ATTACKS))
    table = forecast_run(options(folder, "whole", "all", PILOT_SHARD, ATTACKS), costs)
    _, size = shard_size(table)
    minutes = sorted(
        costs[name].seconds.at(size) / 60 for name in table["name"][table["shard"]].unique()
    )
    pilot_sizes = " and ".join(map(str, PILOTS))
    low, high = minutes[-SLOWEST], minutes[-1]
    return size, RECOMMENDED.format(size=size, pilots=pilot_sizes, low=low, high=high, many=SLOWEST)


def main() -> None:
    """Measure and write the page."""
    sizes, text = SHARDS, TEXT
    with tempfile.TemporaryDirectory() as folder:
        touch_images(Path(folder))
        if weights_given():
            size, recommendation = recommended_size(Path(folder))
            sizes, text = (size, *sizes), text + recommendation
        rows: Rows = [plan(size, Path(folder)) for size in sizes]
    heading = f"{IMAGES:,} images, {len(ATTACKS)} attacks"
    write("planning", "Planning a large study", {heading: rows}, {heading: text})


if __name__ == "__main__":
    main()
