"""A script that is run by hand writes what the workflow stored."""

import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from ssimball.pipeline.by_hand import find_job, find_jobs
from ssimball.storage.tables import stored_content

from .changes import restored

ROOT = Path(__file__).resolve().parents[2]


def test_a_script_run_by_hand_writes_what_the_workflow_stored(small_run, small, tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(small))
    output = "results/small/attacks/pgd_l2/00000.parquet"
    command = [sys.executable, "-m", "ssimball.pipeline.by_hand", output, "--to", str(tmp_path)]
    command += ["--snakefile", str(ROOT / "Snakefile"), "--configfile", str(overlay)]
    subprocess.run(command, cwd=small_run.folder, check=True)
    assert stored_content(tmp_path / output) == stored_content(small_run.folder / output)
    log = tmp_path / "results/small/logs/attacks/pgd_l2/00000.log"
    assert "pgd_l2 00000: 2 of 2" in log.read_text()


def test_the_jobs_of_a_run_follow_those_whose_files_they_read(small, tmp_path):
    """Some seconds, in which Snakemake plans the run."""
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(small))
    with restored(tmp_path):
        jobs = find_jobs(ROOT / "Snakefile", [], [overlay])
    made = set()
    for _, snakemake in jobs:
        assert set(snakemake.input) <= made
        made |= set(snakemake.output)
    assert "results/small/checksums.sha256" in made


def test_a_file_that_no_script_makes_is_named(small, tmp_path):
    overlay = tmp_path / "overlay.yaml"
    overlay.write_text(yaml.safe_dump(small))
    with restored(tmp_path), pytest.raises(Exception, match=r"nothing\.txt"):
        find_job(ROOT / "Snakefile", "results/small/nothing.txt", [overlay])
