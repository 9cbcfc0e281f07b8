"""A job runs in a checkout whose path the shell would take apart. One process of Snakemake, 5 s."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAME = """My "own" & O'Brien's (new) $HOME; back\\slash #1 % ü*"""


def test_a_job_runs_in_a_checkout_of_any_name(tmp_path):
    folder = tmp_path / NAME
    subprocess.run(["git", "clone", "--quiet", str(ROOT), str(folder)], check=True)
    (folder / ".venv").symlink_to(sys.prefix)
    done = subprocess.run(
        [".venv/bin/python", "-m", "snakemake", "--profile", "profiles/default", "configuration"],
        cwd=folder,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": str(folder / "src")},
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert (folder / "results" / "scenes" / "config.yaml").is_file()
