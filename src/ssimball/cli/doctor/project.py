"""Python, the packages, the folder of the project, and room for results.

Packages are imported by the functions that use them, so that a missing one can be told.
"""

import platform
import shutil
import sys
from importlib import metadata
from pathlib import Path

from ssimball.cli.doctor.interface import Finding
from ssimball.runtime.fingerprint import SOURCE_ROOT

LOCK = Path("envs") / "requirements.lock"
#: What `make demo` runs, beside what the package itself requires.
RUNNER = "snakemake"
#: A demo takes 0.3 GiB.
NEEDED_GIB = 1.0
_SHOWN = 5
_GIB = 2**30


def python() -> Finding:
    """Which Python runs this; an older one than the package asks for would not."""
    return Finding("ok", f"{platform.python_version()} ({sys.executable})")


def project_folder() -> Finding:
    """Whether this is the folder of the project, where make and snakemake find their files."""
    here = Path.cwd()
    missing = [
        file for file in ("Makefile", "Snakefile", "config.yaml") if not Path(file).is_file()
    ]
    if missing:
        remedy = "give commands in the folder of a clone of the project"
        return Finding("missing", f"no {', '.join(missing)} in {here}", remedy)
    if shutil.which("make") is None:
        return Finding("missing", "no command make", "your system's package make")
    return Finding("ok", str(here))


def packages() -> Finding:
    """Installed versions against the lock, or presence alone where there is no lock."""
    from packaging.requirements import Requirement

    lock = _lock()
    required = [Requirement(one) for one in metadata.requires("ssimball") or []]
    absent = [one for one in [*(r.name for r in required), RUNNER] if _version(one) is None]
    if absent:
        remedy = "make setup, or pip install --require-hashes -r envs/requirements.lock"
        return Finding("missing", f"not installed: {', '.join(absent)}", remedy)
    if lock is None:
        found = f"all {len(required) + 1} that are needed; no {LOCK} to compare versions with"
        return Finding("ok", found)
    pinned, others, left_out = _compared(lock)
    found = f"{pinned} as in {LOCK}"
    if others:
        found += f"; other versions than there (make setup installs those): {_listed(others)}"
    if left_out:
        found += f"; not installed, and not needed to run: {_listed(left_out)}"
    return Finding("ok", found)


def disk() -> Finding:
    """Room where results go."""
    folder = Path("results") if Path("results").is_dir() else Path()
    free = shutil.disk_usage(folder).free / _GIB
    found = f"{free:.1f} GiB free in {folder.resolve()}"
    if free < NEEDED_GIB:
        return Finding("missing", found, f"make room; a demo wants {NEEDED_GIB:g} GiB")
    return Finding("ok", found)


def _lock() -> Path | None:
    """Here, or beside the sources."""
    places = (Path() / LOCK, SOURCE_ROOT.parent / LOCK)
    return next((path for path in places if path.is_file()), None)


def _compared(lock: Path) -> tuple[int, list[str], list[str]]:
    """How many pins of this platform are installed so, what differs, and what is not there."""
    from packaging.requirements import Requirement

    from ssimball.cli.doctor.lock import pins

    same, others, left_out = 0, [], []
    for pin in map(Requirement, pins(lock.read_text(encoding="utf-8"))):
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        version = _version(pin.name)
        if version is None:
            left_out.append(pin.name)
        elif pin.specifier.contains(version, prereleases=True):
            same += 1
        else:
            others.append(f"{pin.name} {version} ({str(pin.specifier).lstrip('=')})")
    return same, others, left_out


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None


def _listed(names: list[str]) -> str:
    more = len(names) - _SHOWN
    return ", ".join(names[:_SHOWN]) + (f" and {more} more" if more > 0 else "")
