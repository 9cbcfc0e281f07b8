"""A run on a SLURM cluster gives the same results, although jobs and daemons are killed.

``.ci/slurm.sh`` makes a Debian machine a cluster of one node.
"""

import shutil
import subprocess
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / ".ci" / "slurm.sh"
#: Two shards through every stage that works on shards.
OVERLAY = {
    "run": "cluster",
    "subset": {"images": 6},
    "attacks": ["pgd_l2", "ssim_ball"],
    "attack_settings": {"pgd_l2": {"steps": 3}},
    "explanations": ["cam"],
    "execution": {"shard_size": 3, "device": "cpu"},
}
#: Jobs of a few seconds: ask for their state more often than a cluster that others use would like.
IMPATIENT = [
    *("--slurm-status-command", "squeue", "--slurm-no-account", "--latency-wait", "5"),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
]


def cluster():
    """Return whether there is a cluster made for tests; no other daemons may be killed."""
    if shutil.which("scontrol") is None:
        return False
    done = subprocess.run(["scontrol", "show", "config"], capture_output=True, text=True)
    return "/var/lib/slurm-test" in done.stdout


pytestmark = [
    pytest.mark.slurm,
    pytest.mark.skipif(
        not cluster(), reason="needs a cluster for tests: run .ci/slurm.sh as root, on Debian"
    ),
]


def jobs(state):
    """Return the ids of the jobs in a state."""
    command = ["squeue", "--noheader", "--format=%i", f"--states={state}"]
    done = subprocess.run(command, capture_output=True, text=True)
    return done.stdout.split() if done.returncode == 0 else []


def test_a_cluster_gives_the_same_though_jobs_and_daemons_are_killed(
    workflow_in, tmp_path, wait_for
):
    here = tmp_path / "here"
    here.mkdir()
    local = workflow_in(here)
    outcome = local.run(OVERLAY, "overlap")
    assert outcome.code == 0, outcome.text
    cluster = workflow_in(tmp_path, profile="slurm")
    running = cluster.start(OVERLAY, *IMPATIENT, "overlap")
    results = tmp_path / "results" / "cluster"
    try:
        wait_for((results / "clean").exists)
        victim = wait_for(lambda: jobs("RUNNING"), pause=1)[0]
        subprocess.run(["scancel", "--signal=KILL", victim], check=True)
        wait_for((results / "attacks").exists)
        for name in ("slurmctld", "slurmd"):
            subprocess.run(["pkill", "-KILL", "-x", name], check=True)
        time.sleep(5)
        subprocess.run([START], check=True, stdout=subprocess.DEVNULL)
        code = running.wait(timeout=900)
    finally:
        running.kill()
    text = cluster.output()
    assert code == 0, text
    assert "Trying to restart job" in text, text
    expected = local.contents("cluster")
    assert len(expected) == 23
    assert cluster.contents("cluster") == expected
