"""Measure the peak memory of a block of code on Linux."""

import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")


@dataclass
class Peak:
    """The largest rise of resident memory.

    Attributes:
        megabytes: in MB (10⁶ bytes); None where the system does not report it.
    """

    megabytes: float | None = None


@contextmanager
def peak_memory() -> Iterator[Peak]:
    """Measure how far resident memory rises while the block runs.

    Linux records the largest resident size of a process and can reset it. The measurement covers
    the whole process, so blocks on several threads count each other's memory.
    """
    peak = Peak()
    before = None
    with suppress(OSError):
        _RESET.write_text("5")
        before = _resident("VmRSS")
    yield peak
    if before is not None:
        peak.megabytes = max(0.0, (_resident("VmHWM") - before) * 1024 / 1e6)


def _resident(key: str) -> int:
    """Return an entry of the process's status, in KiB."""
    found = re.search(rf"^{key}:\s+(\d+) kB$", _STATUS.read_text(), re.MULTILINE)
    if found is None:
        raise OSError(f"{_STATUS} has no line {key}")
    return int(found[1])
