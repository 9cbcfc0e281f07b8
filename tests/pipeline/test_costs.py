"""Costs fitted to records that follow a known law, and the forecast for other jobs."""

import subprocess
import sys
import time

import pytest

from ssimball.errors import ArtifactError
from ssimball.pipeline.costs import fit_costs, read_usage
from ssimball.pipeline.forecast import forecast, forecast_text
from ssimball.pipeline.reruns import Job
from ssimball.pipeline.usage import JobUsage

START = {"attack_shard": 7.0, "ssim_shard": 4.0}
IMAGE = {"attack_shard fgsm": 0.5, "attack_shard slow": 30.0, "ssim_shard fgsm": 0.1}


def record(rule, attack, images, shard="00000", device="cpu"):
    wildcards = {"network": "", "attack": attack, "shard": shard}
    seconds = START[rule] + IMAGE[f"{rule} {attack}"] * images
    return JobUsage(rule, wildcards, images, seconds, 400 + 2 * images, 0.25 * images, device)


def pilot():
    """Two shards of different size, and a job on all images."""
    kinds = [name.split() for name in IMAGE]
    shards = [record(*kind, images) for kind in kinds for images in (8, 4)]
    summary = JobUsage("summary", {}, 12, 10.0, 300, 0.1, "cpu")
    return [*shards, summary, JobUsage("checksums", {}, 0, 2.0, 100, 0.0, "cpu")]


def test_start_and_seconds_per_image_are_recovered():
    costs = fit_costs(pilot())
    for name, image in IMAGE.items():
        line = costs[name].seconds
        assert line.per_image == pytest.approx(image)
        assert line.start == pytest.approx(START[name.split()[0]])
        assert costs[name].memory_mib.at(100) == pytest.approx(600)
    # Jobs of one size do not determine the start: the smallest known one is assumed.
    assert costs["summary"].seconds.at(12) == pytest.approx(10)
    assert costs["summary"].seconds.start == pytest.approx(4)
    assert costs["checksums"].seconds.at(0) == pytest.approx(2)
    # With another run they do: 8 s and 1/6 s per image.
    few = JobUsage("summary", {}, 6, 9.0, 200, 0.1, "cpu")
    costs = fit_costs([*pilot(), few])
    assert costs["summary"].seconds.at(120) == pytest.approx(28)
    # Its memory is not extrapolated to numbers of images that no shard has.
    assert costs["summary"].memory_mib.at(5000) == 300
    assert costs["attack_shard slow"].seconds.per_image == pytest.approx(30)


def planned(rule, attack, images):
    return Job(rule, {"network": "", "attack": attack, "shard": "00003"}, "", images)


def test_the_forecast_covers_other_jobs_and_names_unknown_kinds():
    jobs = [planned("attack_shard", "slow", 100), planned("attack_shard", "fgsm", 50)]
    table, unknown = forecast([*jobs, planned("attack_shard", "new", 50)], fit_costs(pilot()))
    assert table["seconds"].tolist() == pytest.approx([7 + 3000, 7 + 25])
    assert table["stored_mib"].sum() == pytest.approx(0.25 * 150)
    assert unknown == ["attack_shard new"]
    text = forecast_text(*forecast(jobs, fit_costs(pilot())), cores=2)
    assert "About 25 minutes on 2 otherwise idle cores." in text
    # With a start of 7 s and 30 s per image, an hour is enough for 119 images.
    assert "execution.shard_size: 119 they would take 60 minutes" in text
    assert "As configured, its jobs take 50.1 minutes" in text
    assert "NOT COUNTED" not in text


def test_jobs_on_a_gpu_are_counted_separately():
    records = [record("attack_shard", "slow", images, device="cuda") for images in (4, 8)]
    jobs = [planned("attack_shard", "slow", 119)]
    text = forecast_text(*forecast(jobs, fit_costs(records)), cores=1)
    columns, row = text.splitlines()[0], text.splitlines()[1].split()
    assert "GPU-hours" in columns
    assert float(row[3]) == pytest.approx(3577 / 3600, rel=1e-3)


def test_age_of_a_process_is_exact_to_a_tick():
    code = (
        "import time; from ssimball.pipeline.usage import process_seconds; "
        "time.sleep(0.2); print(process_seconds())"
    )
    start = time.monotonic()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert 0.2 < float(done.stdout) < time.monotonic() - start + 0.02


def test_usage_is_read_from_the_logs_of_finished_jobs(tmp_path):
    logs = tmp_path / "logs" / "attacks" / "fgsm"
    logs.mkdir(parents=True)
    known = record("attack_shard", "fgsm", 3)
    newer = known.log_line().replace("{", '{"added_later":1,', 1)
    # A library may print in any encoding.
    (logs / "00000.log").write_bytes(b"\xff\xfe\n" + newer.encode())
    (logs / "00001.log").write_text("fgsm 00001: 1 of 3\n")
    assert read_usage(tmp_path) == [known]
    with pytest.raises(ArtifactError, match="no log of a finished job"):
        read_usage(tmp_path / "elsewhere")


def test_jobs_of_a_plan_have_the_costs_of_logs_that_list_wildcards_in_another_order():
    """A log sorts wildcards by name; a plan has them in the order of the rule."""
    network = {"network": "networks/random-1/", "shard": "00000"}
    logged = JobUsage("attack_shard", {"attack": "fgsm", **network}, 4, 9.0, 400, 1.0, "cpu")
    planned = Job("attack_shard", {**network, "attack": "fgsm"}, "", 4)
    table, unknown = forecast([planned], fit_costs([logged]))
    assert not unknown and len(table) == 1
