"""The minutes that jobs ask a cluster for, from a pilot's logs to Snakemake's resource."""

from pathlib import Path

import pytest
import yaml
from snakemake.iocontainers import Wildcards

from ssimball.config.study import load_study
from ssimball.errors import ConfigError
from ssimball.pipeline.costs import fit_costs
from ssimball.pipeline.forecast import forecast, runtimes_overlay
from ssimball.pipeline.plan import Plan
from ssimball.pipeline.reruns import Job
from ssimball.pipeline.usage import JobUsage

SCRIPTS = Path(__file__).resolve().parents[2] / "workflow" / "scripts"
#: Seconds of a shard of 100 images.
SECONDS = {
    ("clean_shard", ""): 10.0,
    ("attack_shard", "ddn"): 7200.0,
    ("attack_shard", "pgd_l2"): 301.0,
}


def wildcards(attack="", network=""):
    found = {"network": network, "shard": "00000"}
    return Wildcards(fromdict={**found, "attack": attack} if attack else found)


def plan(runtimes):
    raw = {"dataset": {"demo": {"images": 100}}, "subset": {"images": 100}}
    raw["execution"] = {"shard_size": 100, **runtimes}
    return Plan(load_study(raw), SCRIPTS)


@pytest.fixture(scope="module")
def forecasted():
    """Return the plan of a study with the overlay that a forecast wrote."""
    usage = [
        JobUsage(rule, dict(wildcards(attack).items()), 100, seconds, 400.0, 1.0, "cpu")
        for (rule, attack), seconds in SECONDS.items()
    ]
    jobs = [Job(one.rule, dict(one.wildcards), "", 100) for one in usage]
    table, _ = forecast(jobs, fit_costs(usage))
    return plan(yaml.safe_load(runtimes_overlay(table))["execution"])


def asked(plan, rule, attack="", attempt=1, network=""):
    return plan.resources(rule)["runtime"](wildcards(attack, network), attempt=attempt)


def test_jobs_ask_for_three_times_their_forecast_and_more_at_each_attempt(forecasted):
    assert asked(forecasted, "attack_shard", "ddn") == 3 * 120
    assert asked(forecasted, "attack_shard", "pgd_l2") == 16  # 15.05, rounded up
    assert asked(forecasted, "clean_shard") == 15  # the least
    assert [asked(forecasted, "attack_shard", "ddn", attempt) for attempt in (2, 3)] == [720, 1080]


def test_kinds_of_job_without_forecast_keep_their_time(forecasted):
    assert asked(forecasted, "attack_shard", "carlini_wagner") == 24 * 60 / 5
    assert asked(forecasted, "attack_shard", "fgsm") == 120
    # On another network an attack is a kind of its own.
    assert asked(forecasted, "attack_shard", "pgd_l2", network="networks/large/") == 120
    # The profile decides about other rules.
    assert set(forecasted.resources("ssim_shard")) == {"images"}
    assert asked(plan({}), "attack_shard", "ddn") == 120


def test_minutes_are_whole_and_positive():
    with pytest.raises(ConfigError, match=r"execution\.runtimes\.clean_shard"):
        plan({"runtimes": {"clean_shard": 0}})


def test_a_kind_of_no_rule_is_refused():
    with pytest.raises(ConfigError, match=r"attack_sharp ddn: .* did you mean 'attack_shard'"):
        plan({"runtimes": {"attack_sharp ddn": 60}})
