"""Runs the workflow on the folder of photographs that SSIMBALL_SAMPLE names."""

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
#: Number of images of each pilot run.
PILOTS = (24, 6)
#: Images per job of the pilot runs.
PILOT_SHARD = 16


def options(
    folder: Path, run: str, images: str, shard_size: int, attacks: Sequence[str]
) -> list[str]:
    """Return the arguments of Snakemake for a run on the photographs, set up as in the tutorial.

    Args:
        folder: the folder that the run's results go to.
        run: name of the run.
        images: number of images, or ``all``.
        shard_size: images per job.
        attacks: the attacks of the run.
    """
    sample = Path(os.environ["SSIMBALL_SAMPLE"]).resolve()
    names = ("manifest", "networks/mobilenet_v2_tf", "first_look")
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
class LoggedProcess:
    """A running process, and the file that its output goes to."""

    process: "subprocess.Popen[bytes]"
    log: Path

    def finish(self) -> str:
        """Wait for the process and return its output.

        Raises:
            RuntimeError: the process failed; the message is its output.
        """
        if self.process.wait() != 0:
            raise RuntimeError(self.log.read_text())
        return self.log.read_text()


def start_logged(command: Sequence[str], log: Path, folder: Path = ROOT) -> LoggedProcess:
    """Start a command in a folder, with its output going to a file."""
    with log.open("w", encoding="utf-8") as stream:
        process = subprocess.Popen(command, stdout=stream, stderr=subprocess.STDOUT, cwd=folder)
    return LoggedProcess(process, log)


def run_pilots(folder: Path, attacks: Sequence[str]) -> list[JobUsage]:
    """Run the pilots on two cores, as `make pilot` does, and return what their jobs used."""
    usage = []
    for number in PILOTS:
        name = f"pilot_{number}"
        pilot = options(folder, name, str(number), PILOT_SHARD, attacks)
        command = [sys.executable, "-m", "snakemake", *pilot, "--cores", "2"]
        start_logged(command, folder / f"{name}.log").finish()
        usage += read_usage(folder / "results" / name)
    return usage


def forecast_run(arguments: Sequence[str], costs: dict[str, Cost]) -> pd.DataFrame:
    """Forecast what the jobs of a run will take, one row per job; all kinds must have a cost."""
    code, output, jobs = dry_run(arguments)
    if code != 0:
        raise RuntimeError(output)
    table, unknown = forecast([job for job in jobs if job.rule != "all"], costs)
    assert not unknown
    return table
