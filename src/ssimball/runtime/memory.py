"""Measure the peak memory of a block of code on Linux, and limit that of the process."""

import re
import resource
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

_STATUS, _RESET = Path("/proc/self/status"), Path("/proc/self/clear_refs")
_MACHINE = Path("/proc/meminfo")


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
        _RESET.write_text("5", encoding="utf-8")
        before = _resident("VmRSS")
    yield peak
    if before is not None:
        peak.megabytes = max(0.0, (_resident("VmHWM") - before) * 1024 / 1e6)


@contextmanager
def limited_memory() -> Iterator[None]:
    """Let this process allocate no more memory than is free now; more is a ``MemoryError``.

    Otherwise the system would end this or another process. Where the system does not report what is
    free, or a lower limit is set, nothing changes.
    """
    kind, before = resource.RLIMIT_DATA, resource.getrlimit(resource.RLIMIT_DATA)
    soft, hard = before
    with suppress(OSError, ValueError):
        free = 1024 * (_entry(_MACHINE, "MemAvailable") + _entry(_STATUS, "VmData"))
        if soft == resource.RLIM_INFINITY or free < soft:
            resource.setrlimit(kind, (free, hard))
    try:
        yield
    finally:
        resource.setrlimit(kind, before)


def share_memory(processes: int) -> None:
    """Lower the limit of :func:`limited_memory`, where it is set, to this process's share.

    Args:
        processes: number of processes that have the free memory between them.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_DATA)
    with suppress(OSError, ValueError):
        used = 1024 * _entry(_STATUS, "VmData")
        if soft != resource.RLIM_INFINITY and soft > used:
            share = used + (soft - used) // processes
            resource.setrlimit(resource.RLIMIT_DATA, (share, hard))


def _resident(key: str) -> int:
    """Return an entry of the process's status, in KiB."""
    return _entry(_STATUS, key)


def _entry(file: Path, key: str) -> int:
    found = re.search(rf"^{key}:\s+(\d+) kB$", file.read_text(encoding="utf-8"), re.MULTILINE)
    if found is None:
        raise OSError(f"{file} has no line {key}")
    return int(found[1])
