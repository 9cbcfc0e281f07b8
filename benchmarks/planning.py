"""Seconds and memory of planning a large study: 50,000 images, 12 attacks, a dry run of Snakemake.

``make benchmark`` writes benchmarks/planning.md and planning.parquet.
"""

import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from common import Rows, write

ROOT = Path(__file__).resolve().parent.parent
ATTACKS = [
    *("fgsm", "fgm_l2", "bim", "pgd_linf", "pgd_l2", "mi_fgsm", "ssim_ball", "ssim_ball_fw"),
    *("ball_random_gradient", "ball_permuted_signs", "shuffled_l2", "noise_gaussian"),
]
IMAGES, SHARDS = 50_000, (2000, 1000, 500)
#: Runs its arguments and prints the peak memory of that in KiB.
BEGIN = (
    "import resource, subprocess, sys; subprocess.run(sys.argv[1:], check=True); "
    "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
)
TEXT = """The target is 10 s and 500 MB. A job is a shard of an attack or explanation in one stage.
"""


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
    start = time.perf_counter()
    # Begun by a small process: a child's peak counts what its parent held when it was begun.
    done = subprocess.run(
        [sys.executable, "-c", BEGIN, *command], capture_output=True, text=True, check=True
    )
    seconds = time.perf_counter() - start
    total = next(line.split()[1] for line in done.stdout.splitlines() if line.startswith("total"))
    peak = int(done.stdout.splitlines()[-1]) / 1024
    return {"images a shard": shard_size, "jobs": int(total), "s": seconds, "peak MB": peak}


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        rows: Rows = [plan(size, Path(folder)) for size in SHARDS]
    heading = f"{IMAGES:,} images, {len(ATTACKS)} attacks"
    write("planning", "Planning a large study", {heading: rows}, {heading: TEXT})


if __name__ == "__main__":
    main()
