"""The profiles for clusters other than SLURM, and for GPUs."""

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
OVERLAY = {
    "run": "elsewhere",
    "subset": {"images": 4},
    "attacks": ["fgsm"],
    "explanations": ["cam"],
    "execution": {"shard_size": 2, "device": "cpu"},
}
#: Submits a script as a cluster would: at once, in the background; tells an id.
SUBMIT = """#!/bin/sh
setsid sh "$1" >/dev/null 2>&1 &
echo $!
"""


def test_only_jobs_that_run_the_network_request_a_gpu(workflow_in, tmp_path):
    slurm = workflow_in(tmp_path, profile="slurm")
    gpu = ("--workflow-profile", str(ROOT / "profiles" / "gpu"))
    outcome = slurm.run(OVERLAY, "--quiet", "progress", "--dry-run", *gpu)
    assert outcome.code == 0, outcome.text
    asking = set()
    for block in outcome.text.split("\nrule ")[1:]:
        if "gres=gpu:1" in block and "slurm_partition=gpu" in block:
            asking.add(block.partition(":")[0])
    network = {"clean", "explain", "explain_attack", "attack", "causal", "causal_references"}
    network |= {"class_cams", "region_noise"}
    assert asking == {f"{stage}_shard" for stage in network}
    assert "runtime=120" in outcome.text and "mem_mb=4000" in outcome.text


def test_an_attack_of_many_steps_gets_more_time(workflow_in, tmp_path):
    overlay = {**OVERLAY, "attacks": ["fgsm", "ddn", "carlini_wagner"]}
    slurm = workflow_in(tmp_path, profile="slurm")
    outcome = slurm.run(overlay, "attack", "--quiet", "progress", "--dry-run")
    assert outcome.code == 0, outcome.text
    jobs = [block for block in outcome.text.split("\nrule ")[1:] if block.startswith("attack_sh")]
    found = [re.search(r"attack=(\w+),.*?\bruntime=(\d+)", job, re.DOTALL) for job in jobs]
    minutes = {match[1]: int(match[2]) for match in found}
    assert minutes == {"fgsm": 120, "ddn": 480, "carlini_wagner": 1440}


@pytest.mark.long
def test_any_command_that_submits_scripts_works(workflow_in, workflow):
    workflow.folder.joinpath("submit").write_text(SUBMIT)
    workflow.folder.joinpath("submit").chmod(0o755)
    cluster = workflow_in(workflow.folder, profile="cluster")
    submit = ("--cluster-generic-submit-cmd", str(workflow.folder / "submit"))
    outcome = cluster.run(OVERLAY, "attack", *submit, "--latency-wait", "5")
    assert outcome.code == 0, outcome.text
    contents = cluster.contents("elsewhere")
    assert len(contents) == 6
    assert workflow.run({**OVERLAY, "run": "here"}, "attack").code == 0
    assert workflow.contents("here") == contents
