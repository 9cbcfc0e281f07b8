"""Runs of the workflow on the folder of photographs that SSIMBALL_SAMPLE names."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pandas as pd

from ssimball.pipeline.costs import Cost, read_usage
from ssimball.pipeline.forecast import forecast
from ssimball.pipeline.reruns import dry_run
from ssimball.pipeline.usage import JobUsage

ROOT = Path(__file__).resolve().parent.parent
PILOTS, PILOT_SHARD = (24, 6), 16


def options(
    folder: Path, run: str, images: str, shard_size: int, attacks: Sequence[str]
) -> list[str]:
    """Arguments of Snakemake for a run on the sample: the tutorial's first, with such attacks."""
    sample = Path(os.environ["SSIMBALL_SAMPLE"]).resolve()
    names = ("manifest", "mobilenet_v2_tf", "first_look")
    overlays = [str(ROOT / "config" / f"{name}.yaml") for name in names]
    return [
        *("--snakefile", str(ROOT / "Snakefile"), "--directory", str(folder)),
        *("--profile", str(ROOT / "profiles" / "default"), "--configfile", *overlays),
        *("--config", f"run={run}", f"subset={{images: {images}}}"),
        f"attacks=[{', '.join(attacks)}]",
        f'dataset={{manifest: {{path: "{sample / "labels.csv"}"}}}}',
        f'model={{weights: "{sample / "mobilenet_v2_tf.safetensors"}"}}',
        f"execution={{shard_size: {shard_size}, device: cpu}}",
    ]


@dataclass(frozen=True)
class Begun:
    """A process and the file of its words."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def ended(self) -> str:
        """Its words, once it has ended well."""
        if self.process.wait() != 0:
            raise RuntimeError(self.log.read_text())
        return self.log.read_text()


def begin(command: Sequence[str], log: Path, folder: Path = ROOT) -> Begun:
    """Start a command whose words go to a file."""
    with log.open("w") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, cwd=folder)
    return Begun(process, log)


def pilots(folder: Path, attacks: Sequence[str]) -> list[JobUsage]:
    """What the jobs of small runs spent, on two cores, as `make pilot` makes them."""
    records = []
    for number in PILOTS:
        name = f"pilot_{number}"
        pilot = options(folder, name, str(number), PILOT_SHARD, attacks)
        command = [sys.executable, "-m", "snakemake", *pilot, "--cores", "2"]
        begin(command, folder / f"{name}.log").ended()
        records += read_usage(folder / "results" / name)
    return records


def foreseen(arguments: Sequence[str], costs: dict[str, Cost]) -> pd.DataFrame:
    """What the jobs of a run will take, one row each; every kind of them has to be known."""
    code, output, jobs = dry_run(arguments)
    if code != 0:
        raise RuntimeError(output)
    found, unknown = forecast([job for job in jobs if job.rule != "all"], costs)
    assert not unknown
    return found
