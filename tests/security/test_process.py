"""The program as a person starts it, inside a stranger's folder, with limits on time and memory.

It takes some seconds, most of them to import.
"""

import resource
import subprocess

import pytest

from ssimball.runtime.processes import python_command, python_environment

from . import folders as f

SECONDS, MEMORY = 300, 4 << 30


@pytest.fixture
def bomb(copy):
    """A run with a table that unpacks to 3 GB, modules of known names, and a predictable name."""
    f.long_value(copy, 10**6, 3000)
    for name in ("ssimball", "numba", "torch", "yaml", "sitecustomize", "usercustomize"):
        (copy / f"{name}.py").write_text("open('../outside/ran', 'w')\nraise SystemExit('ran')\n")
    return copy


def test_an_audit_from_inside_the_folder(bomb, outside):
    command = python_command("-m", "ssimball", "audit", ".", "--checks", "content")
    done = subprocess.run(
        [*command, "--output", "findings.csv"],
        cwd=bomb,
        env=python_environment(),
        capture_output=True,
        text=True,
        timeout=SECONDS,
        preexec_fn=lambda: resource.setrlimit(resource.RLIMIT_DATA, (MEMORY, MEMORY)),
    )
    assert done.returncode == 1, done.stderr
    assert "that unpack to" in done.stdout and "Traceback" not in done.stderr
    assert (bomb / "findings.csv").is_file()
