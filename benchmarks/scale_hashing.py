"""What Snakemake keeps and reads of a finished run, and what is hashed of it."""

import hashlib
import json
import subprocess
import sys
import time
from collections import defaultdict
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pandas as pd
import pyarrow.parquet as pq
from scale_runs import arguments

#: Runs its arguments, and prints the command's peak memory in KiB, and bytes that it read.
MEASURED = (
    "import resource, subprocess, sys; "
    "from time import perf_counter; start = perf_counter(); "
    "subprocess.run(sys.argv[1:], check=True, stdout=sys.stderr); "
    "read = dict(line.split(': ') for line in open('/proc/self/io'))['rchar']; "
    "peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss; "
    "print(perf_counter() - start, peak, read)"
)


@dataclass(frozen=True)
class Measured:
    """What Snakemake's own process took: seconds, peak memory in MiB, MB read."""

    seconds: float
    peak: float
    read: float


def snakemake(given: list[str], *options: str) -> Measured:
    """Run Snakemake started by a small process, whose memory its own would otherwise include."""
    command = [sys.executable, "-c", MEASURED, sys.executable, "-m", "snakemake", *given, *options]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise RuntimeError(done.stdout + done.stderr)
    seconds, peak, read = map(float, done.stdout.split())
    return Measured(seconds, peak / 1024, read / 1e6)


def bookkeeping(folder: Path, source: Path) -> dict[str, object]:
    """Let Snakemake record the jobs of a finished run and plan it again, and measure both."""
    record = folder / "bookkeeping.json"
    if not record.exists():
        given = arguments(folder, folder / "overlay.yaml")
        recorded = snakemake(given, "--touch", "--forceall", "--cores", "1")
        plan = snakemake(given, "--dry-run")
        files = [path for path in folder.glob("results/**/*") if path.is_file()]
        found = {
            "tables of shards": sum(
                path.stem.isdigit() and path.suffix == ".parquet" for path in files
            ),
            "recording": vars(recorded),
            "planning": vars(plan),
            "hashed": hashed(folder, source),
        }
        record.write_text(json.dumps(found))
    return dict(json.loads(record.read_text()))


def hashed(folder: Path, source: Path) -> dict[str, float]:
    """Return terabytes hashed for a finished run, by who hashes what.

    Args:
        folder: working folder of the run, with Snakemake's records.
        source: folder of the run of few images that its tables were made of.

    Returns:
        ``alone``: what Snakemake hashes where no footer stands for a table, which is every input of
        every finished job once for each of its outputs; ``jobs``: what the jobs themselves hash,
        which is every input once; ``tables``: all tables, once.
    """
    outputs: defaultdict[tuple[str, ...], int] = defaultdict(int)
    rules = {}
    for path in folder.glob(".snakemake/metadata/**/*"):
        if path.is_file():
            record = json.loads(path.read_bytes())
            # The jobs of a rule differ in their log.
            job = (record["rule"], *record["log"])
            outputs[job] += 1
            rules[job] = record["input"]

    @cache
    def size(name: str) -> float:
        return full_size(folder / name, folder / "results", source)

    inputs = {job: sum(map(size, given)) for job, given in rules.items()}
    tables = {name for given in rules.values() for name in given if name.endswith(".parquet")}
    return {
        "alone": sum(inputs[job] * outputs[job] for job in inputs) / 1e12,
        "jobs": sum(inputs.values()) / 1e12,
        "tables": sum(map(size, tables)) / 1e12,
    }


def full_size(path: Path, results: Path, source: Path) -> float:
    """Return the bytes that a table would have with all its pictures."""
    first = source / Path(*path.relative_to(results).parts[1:]).with_name("00000.parquet")
    if path.stem.isdigit() and first.exists():
        return first.stat().st_size / _images(first) * _images(path)
    return path.stat().st_size


@cache
def _images(path: Path) -> int:
    ids = pq.read_table(path, columns=["image_id"])["image_id"]
    return int(pd.Series(ids).nunique())


def sha256_rate() -> float:
    """Return the gigabytes that a core hashes in a second."""
    content = bytes(1 << 28)
    start = time.process_time()
    hashlib.sha256(content).hexdigest()
    return len(content) / 1e9 / (time.process_time() - start)
