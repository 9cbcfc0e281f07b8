"""The memory that single jobs ask a cluster for."""

from pathlib import Path

from ssimball.config.study import load_study
from ssimball.pipeline.memory_requests import memory_mb
from ssimball.pipeline.plan import Plan


def test_few_images_have_the_memory_of_the_profile_and_many_more():
    asked = [memory_mb("overlap", lambda _, n=n: n)(None, attempt=1) for n in (120, 5000, 50_000)]
    assert asked == [4000, 4000, 5000]
    assert memory_mb("overlap", lambda _: 50_000)(None, attempt=3) == 15_000
    assert memory_mb("answer", lambda _: 50_000) is None


def test_a_plan_asks_for_it():
    plan = Plan(load_study({"subset": {"images": 100}}), Path())
    assert plan.resources("overlap")["mem_mb"]({}, attempt=2) == 8000
    assert "mem_mb" not in plan.resources("answer")
