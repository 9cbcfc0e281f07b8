"""The profiles for clusters other than SLURM, and for GPUs."""

import re
from pathlib import Path

import pytest
import yaml

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


GPU = ("--workflow-profile", str(ROOT / "profiles" / "gpu"))
#: Full shards of an ImageNet study, and attacks of few, more and many steps.
LARGE = {
    **OVERLAY,
    "subset": {"images": 700},
    "dataset": {"demo": {"images": 700}},
    "attacks": ["fgsm", "ddn", "carlini_wagner"],
    "execution": {"shard_size": 500, "device": "cpu"},
}


def blocks(workflow, overlay, *arguments):
    """Return the jobs of a dry run as it prints them, each with its rule as the first word."""
    outcome = workflow.run(overlay, *arguments, "--quiet", "progress", "--dry-run")
    assert outcome.code == 0, outcome.text
    return outcome.text.split("\nrule ")[1:]


def minutes(jobs):
    """Return the minutes that attacks ask for, by attack and number of images."""
    attacks = [job for job in jobs if job.startswith("attack_shard")]
    words = [dict(re.findall(r"\b(attack|images|runtime)=(\w+)", job)) for job in attacks]
    return {(word["attack"], int(word["images"])): int(word["runtime"]) for word in words}


def test_gpus_are_for_jobs_that_run_the_network_and_attacks_of_many_steps_have_more_time(
    workflow_in, tmp_path
):
    jobs = blocks(workflow_in(tmp_path, profile="slurm"), LARGE, *GPU)
    asking = {
        job.partition(":")[0] for job in jobs if "gres=gpu:1" in job and "partition=gpu" in job
    }
    network = {"clean", "explain", "explain_attack", "attack", "causal", "causal_references"}
    network |= {"class_cams", "region_noise"}
    assert asking == {f"{stage}_shard" for stage in network}
    assert all("mem_mb=4000" in job for job in jobs if "_shard" in job)
    others = [job for job in jobs if "_shard" in job and not job.startswith("attack_shard")]
    assert all("runtime=120" in job for job in others)
    assert minutes(jobs) == {
        **{("fgsm", 500): 120, ("fgsm", 200): 120},
        **{("ddn", 500): 480, ("ddn", 200): 192},
        **{("carlini_wagner", 500): 1440, ("carlini_wagner", 200): 576},
    }


@pytest.mark.parametrize("profile", ["slurm", "cluster"])
def test_without_gpus_no_profile_decides_about_the_time_of_attacks(profile):
    """So the rules do, as they do with GPUs."""
    settings = yaml.safe_load((ROOT / "profiles" / profile / "config.yaml").read_text())
    assert "attack_shard" not in settings.get("set-resources", {})
    assert "runtime=120" in str(settings["default-resources"])


def test_the_command_line_decides_about_time_whatever_was_forecast(workflow_in, tmp_path):
    forecast = {"attack_shard ddn": 50, "clean_shard": 30}
    overlay = {**LARGE, "execution": {**LARGE["execution"], "runtimes": forecast}}
    asked = ("--set-resources", "attack_shard:runtime=9 * attempt")
    jobs = blocks(workflow_in(tmp_path, profile="slurm"), overlay, "attack", *asked)
    assert set(minutes(jobs).values()) == {9}
    clean = [job for job in jobs if job.startswith("clean_shard")]
    assert len(clean) == 2
    assert all("runtime=30" in job for job in clean)


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
