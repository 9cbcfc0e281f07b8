"""What a job has spent, as the last line of its log tells."""

import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import psutil

from ssimball.storage.provenance import canonical_json

MARK = "ssimball: spent "


def job_name(rule: str, wildcards: Mapping[str, str]) -> str:
    """Rule and what it is about, without the shard."""
    about = [value for key, value in wildcards.items() if key != "shard" and value]
    return " ".join([rule, *(value.rstrip("/") for value in about)])


def process_seconds() -> float:
    """How long ago this process was started or forked."""
    try:
        ticks = int(Path("/proc/self/stat").read_text().rpartition(")")[2].split()[19])
        now, started = time.clock_gettime(time.CLOCK_BOOTTIME), ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        # Not Linux, where this is off by up to a second: when it was booted is told in whole ones.
        now, started = time.time(), psutil.Process().create_time()
    return now - started


@dataclass(frozen=True)
class Spent:
    """What a job has taken: wall-clock seconds, memory at its peak and size of its files in MiB."""

    rule: str
    wildcards: Mapping[str, str]
    images: int
    seconds: float
    megabytes: float
    stored: float
    device: str

    @property
    def name(self) -> str:
        """What kind of job it is."""
        return job_name(self.rule, self.wildcards)

    def line(self) -> str:
        """As the last line of a log."""
        return f"{MARK}{canonical_json(asdict(self))}\n"
