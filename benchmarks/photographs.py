"""Runs of the workflow on the folder of photographs that SSIMBALL_SAMPLE names."""

import os
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from ssimball.costs import recorded
from ssimball.spent import Spent

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


def snakemake(arguments: Sequence[str], *more: str) -> list[str]:
    """The command of a run."""
    return [sys.executable, "-m", "snakemake", *arguments, *more]


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


def pilots(folder: Path, attacks: Sequence[str]) -> list[Spent]:
    """What the jobs of small runs spent, on two cores, as `make pilot` makes them."""
    records = []
    for number in PILOTS:
        name = f"pilot_{number}"
        pilot = options(folder, name, str(number), PILOT_SHARD, attacks)
        begin(snakemake(pilot, "--cores", "2"), folder / f"{name}.log").ended()
        records += recorded(folder / "results" / name)
    return records
