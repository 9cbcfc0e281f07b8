"""A run on a SLURM cluster of three nodes gives the same results, although much goes wrong.

``.ci/slurm.sh`` makes a Debian machine such a cluster; each node has its own network namespace.
"""

import getpass
import os
import shutil
import signal
import subprocess
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
START = ROOT / ".ci" / "slurm.sh"
NODES = {"node1", "node2", "node3"}
#: Two shards through every stage that works on shards.
OVERLAY = {
    "run": "cluster",
    "subset": {"images": 6},
    "attacks": ["pgd_l2", "ssim_ball"],
    "attack_settings": {"pgd_l2": {"steps": 3}},
    "explanations": ["cam"],
    "execution": {"shard_size": 3, "device": "cpu", "runtimes": {"attack_shard ssim_ball": 7}},
}
#: Jobs of a few seconds: ask for their state more often than a cluster that others use would like.
IMPATIENT = [
    *("--slurm-status-command", "squeue", "--slurm-no-account", "--latency-wait", "5"),
    *("--slurm-init-seconds-before-status-checks", "2", "--seconds-between-status-checks", "2"),
]
#: At the first attempt, a minute for one stage and memory for no Python with torch for another.
SCARCE = [
    "--set-resources",
    "subset_shard:runtime=attempt",
    "explain_shard:mem_mb=100 if attempt == 1 else 4000",
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


@dataclass(frozen=True)
class Submitted:
    """A job that SLURM knows; its comment begins with the name of its rule."""

    number: str
    state: str
    node: str
    limit: str
    comment: str


def submitted(*, rule="", state="all"):
    """Return the jobs of a rule in a state; none while the controller is gone."""
    command = ["squeue", "--noheader", "--format=%i|%T|%N|%l|%k", f"--states={state}"]
    done = subprocess.run(command, capture_output=True, text=True)
    found = [Submitted(*line.split("|")) for line in done.stdout.splitlines()]
    return [job for job in found if job.comment.startswith(f"rule_{rule}")]


def processes(node):
    """Return the numbers of all processes of a node, with their names."""
    found = {}
    for one in subprocess.check_output(["ip", "netns", "pids", node], text=True).split():
        with suppress(OSError):  # it has ended meanwhile
            found[int(one)] = Path("/proc", one, "comm").read_text().strip()
    return found


def send(number, signal_number):
    """Send a signal to a process, if it is still there."""
    with suppress(ProcessLookupError):
        os.kill(number, signal_number)


def frozen_job(node):
    """Stop the job of a node, as on a file system that does not answer; return its processes."""
    found = [one for one, name in processes(node).items() if name.startswith("python")]
    for number in found:
        send(number, signal.SIGSTOP)
    return found


def state_of(node):
    command = ["sinfo", "--noheader", "--Node", "--format=%T", f"--nodes={node}"]
    return subprocess.run(command, capture_output=True, text=True).stdout.strip()


def start_what_is_gone():
    subprocess.run([START], check=True, stdout=subprocess.DEVNULL)


def test_a_cluster_gives_the_same_though_nodes_die_and_jobs_run_out_of_time_and_memory(
    workflow_in, tmp_path, wait_for
):
    # Jobs of a test that was stopped would take its nodes.
    subprocess.run(["scancel", "--user", str(os.getuid())], check=True)
    wait_for(lambda: not submitted(state="RUNNING,COMPLETING"), pause=1)
    before = {job.number for job in submitted()}
    cluster = workflow_in(tmp_path, profile="slurm")
    running = cluster.start(OVERLAY, "overlap", *IMPATIENT, *SCARCE)
    try:
        frozen = wait_for(lambda: submitted(rule="subset_shard", state="RUNNING"), pause=1)[0]
        wait_for(lambda: frozen_job(frozen.node))

        victim = wait_for(lambda: submitted(rule="clean_shard", state="RUNNING"), pause=1)[0]
        subprocess.run(["scancel", "--full", "--signal=KILL", victim.number], check=True)
        subprocess.run(["pkill", "-KILL", "-x", "slurmctld"], check=True)
        start_what_is_gone()

        lost = wait_for(lambda: submitted(rule="attack_shard", state="RUNNING"), pause=1)[0]
        for number in processes(lost.node):
            send(number, signal.SIGKILL)
        wait_for(lambda: state_of(lost.node).startswith("down"), pause=1)
        start_what_is_gone()
        wait_for(lambda: state_of(lost.node) in ("idle", "allocated", "mixed"), pause=1)
        code = running.wait(timeout=900)
    finally:
        running.kill()
    text = cluster.output()
    assert code == 0, text
    assert "Trying to restart job" in text, text

    jobs = [job for job in submitted() if job.number not in before]
    assert {job.node for job in jobs} == NODES
    # SLURM may give no job to the lost node for minutes after it is back.
    assert len({job.node for job in jobs if job.state == "COMPLETED"}) > 1
    assert {job.number: job.state for job in jobs}[frozen.number] == "TIMEOUT"
    # As the configuration says, and more at further attempts.
    limits = {job.limit for job in jobs if "attack_shard_wildcards__ssim" in job.comment}
    assert "7:00" in limits and limits <= {"7:00", "14:00", "21:00"}
    logs = (tmp_path / ".snakemake" / "slurm_logs" / "rule_explain_shard").rglob("*.log")
    assert any("exceeded memory limit" in log.read_text() for log in logs)

    (tmp_path / "here").mkdir()
    local = workflow_in(tmp_path / "here")
    outcome = local.run(OVERLAY, "overlap")
    assert outcome.code == 0, outcome.text
    expected = local.contents("cluster")
    assert len(expected) == 23
    assert cluster.contents("cluster") == expected


@pytest.fixture
def limit():
    """Let this user have two jobs at a time, in each account."""

    def put(number):
        one = ["modify", "user", getpass.getuser(), "set", f"MaxSubmitJobs={number}"]
        subprocess.run(["sacctmgr", "--immediate", *one], check=True, capture_output=True)

    put(2)
    yield 2
    put(-1)


def test_no_more_jobs_are_submitted_at_a_time_than_slurm_accepts(workflow_in, tmp_path, limit):
    cluster = workflow_in(tmp_path, profile="slurm")
    overlay = {**OVERLAY, "run": "limited"}
    before = submitted()
    # With the profile's number of jobs.
    outcome = cluster.run(overlay, "subset", *IMPATIENT)
    assert f"give --jobs {limit}" in outcome.text, outcome.text
    assert outcome.code == 1
    assert submitted() == before
    outcome = cluster.run(overlay, "subset", *IMPATIENT, "--jobs", str(limit), "--retries", "0")
    assert outcome.code == 0, outcome.text
    assert len(submitted()) - len(before) > limit
