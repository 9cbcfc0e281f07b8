"""The time, memory and storage that a job used, as recorded in the last line of its log."""

import json
import os
import time
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import psutil

from ssimball.storage.provenance import canonical_json

_PREFIX = "ssimball: usage "


def job_name(rule: str, wildcards: Mapping[str, str]) -> str:
    """Return the kind of a job: its rule and its wildcards other than the shard, in one order.

    Examples:
        >>> job_name("attack_shard", {"attack": "fgsm", "network": "networks/a/", "shard": "00000"})
        'attack_shard networks/a fgsm'
    """
    # A log holds wildcards sorted by name, and a plan in the order of the rule.
    keys = sorted(wildcards, key=lambda key: (key != "network", key))
    values = [wildcards[key] for key in keys if key != "shard" and wildcards[key]]
    return " ".join([rule, *(value.rstrip("/") for value in values)])


def process_seconds() -> float:
    """Return how long ago this process was started or forked, in seconds."""
    try:
        ticks = int(
            Path("/proc/self/stat").read_text(encoding="utf-8").rpartition(")")[2].split()[19]
        )
        now, started = time.clock_gettime(time.CLOCK_BOOTTIME), ticks / os.sysconf("SC_CLK_TCK")
    except (OSError, AttributeError):
        # Not Linux. Off by up to a second, since the time of booting is known in whole seconds.
        now, started = time.time(), psutil.Process().create_time()
    return now - started


@dataclass(frozen=True)
class JobUsage:
    """What one job used.

    Attributes:
        rule: Name of its rule.
        wildcards: Its wildcards.
        images: Number of images it worked on; 0 where the rule does not say.
        seconds: Wall-clock time.
        memory_mib: Peak memory, in MiB.
        stored_mib: Size of the files it wrote, in MiB.
        device: ``cuda`` where it used a GPU, otherwise ``cpu``.
        cpu_seconds: Time on the processor, of all its threads; 0 in logs of older versions. Other
            work on the machine hardly changes it.
    """

    rule: str
    wildcards: Mapping[str, str]
    images: int
    seconds: float
    memory_mib: float
    stored_mib: float
    device: str
    cpu_seconds: float = 0.0

    @property
    def name(self) -> str:
        """The kind of the job, see :func:`job_name`."""
        return job_name(self.rule, self.wildcards)

    def log_line(self) -> str:
        """Return the usage as the last line of a log."""
        return f"{_PREFIX}{canonical_json(asdict(self))}\n"

    @classmethod
    def of_log(cls, text: str) -> "JobUsage | None":
        """Read the usage from a log; None where the job did not finish.

        What a newer version records beyond this one is left out.
        """
        lines = text.splitlines()
        if not lines or not lines[-1].startswith(_PREFIX):
            return None
        stored = json.loads(lines[-1].removeprefix(_PREFIX))
        known = {one.name for one in fields(cls)}
        return cls(**{name: value for name, value in stored.items() if name in known})
