"""What jobs take: found again from records that follow a known law, and foretold for others."""

import subprocess
import sys
import time

import pytest

from ssimball.errors import ArtifactError
from ssimball.pipeline.costs import fitted, recorded
from ssimball.pipeline.forecast import forecast, text
from ssimball.pipeline.reruns import Job
from ssimball.pipeline.usage import Spent

START = {"attack_shard": 7.0, "ssim_shard": 4.0}
IMAGE = {"attack_shard fgsm": 0.5, "attack_shard slow": 30.0, "ssim_shard fgsm": 0.1}


def record(rule, attack, images, shard="00000", device="cpu"):
    wildcards = {"network": "", "attack": attack, "shard": shard}
    seconds = START[rule] + IMAGE[f"{rule} {attack}"] * images
    return Spent(rule, wildcards, images, seconds, 400 + 2 * images, 0.25 * images, device)


def pilot():
    """Two shards of different size, and a job on all images."""
    kinds = [name.split() for name in IMAGE]
    found = [record(*kind, images) for kind in kinds for images in (8, 4)]
    summary = Spent("summary", {}, 12, 10.0, 300, 0.1, "cpu")
    return [*found, summary, Spent("checksums", {}, 0, 2.0, 100, 0.0, "cpu")]


def test_start_and_seconds_an_image_are_found_again():
    costs = fitted(pilot())
    for name, image in IMAGE.items():
        line = costs[name].seconds
        assert line.image == pytest.approx(image)
        assert line.start == pytest.approx(START[name.split()[0]])
        assert costs[name].megabytes.at(100) == pytest.approx(600)
    # One size tells nothing of the start: the shortest known is taken.
    assert costs["summary"].seconds.at(12) == pytest.approx(10)
    assert costs["summary"].seconds.start == pytest.approx(4)
    assert costs["checksums"].seconds.at(0) == pytest.approx(2)
    # Another run does: 8 s and 1/6 s an image.
    few = Spent("summary", {}, 6, 9.0, 300, 0.1, "cpu")
    costs = fitted([*pilot(), few])
    assert costs["summary"].seconds.at(120) == pytest.approx(28)
    assert costs["attack_shard slow"].seconds.image == pytest.approx(30)


def planned(rule, attack, images):
    return Job(rule, {"network": "", "attack": attack, "shard": "00003"}, "", images)


def test_other_jobs_are_foretold_and_what_is_not_known_is_named():
    jobs = [planned("attack_shard", "slow", 100), planned("attack_shard", "fgsm", 50)]
    found, unknown = forecast([*jobs, planned("attack_shard", "new", 50)], fitted(pilot()))
    assert found["seconds"].tolist() == pytest.approx([7 + 3000, 7 + 25])
    assert found["stored"].sum() == pytest.approx(0.25 * 150)
    assert unknown == ["attack_shard new"]
    told = text(jobs, fitted(pilot()), cores=2)
    assert "On 2 cores about 25 minutes" in told
    # 7 s and 30 s an image: an hour holds 119.
    assert "execution.shard_size: 119 its jobs would last 60 minutes" in told
    assert "as configured they last 50.1." in told
    assert "NOT COUNTED" not in told


def test_jobs_on_a_gpu_are_counted_apart():
    records = [record("attack_shard", "slow", images, device="cuda") for images in (4, 8)]
    told = text([planned("attack_shard", "slow", 119)], fitted(records), cores=1)
    columns, row = told.splitlines()[0], told.splitlines()[1].split()
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


def test_records_are_read_from_logs_and_unfinished_jobs_left_out(tmp_path):
    logs = tmp_path / "logs" / "attacks" / "fgsm"
    logs.mkdir(parents=True)
    known = record("attack_shard", "fgsm", 3)
    (logs / "00000.log").write_text("fgsm 00000: 3 of 3\n" + known.line())
    (logs / "00001.log").write_text("fgsm 00001: 1 of 3\n")
    assert recorded(tmp_path) == [known]
    with pytest.raises(ArtifactError, match="no log of a finished job"):
        recorded(tmp_path / "elsewhere")
