"""``make networks`` on two published networks and three photographs, in a clone."""

import os
import subprocess
from pathlib import Path

import pandas as pd
import pytest
import yaml

SAMPLE = os.environ.get("SSIMBALL_SAMPLE")
FOLDERS = os.environ.get("SSIMBALL_NETWORKS", "").split(os.pathsep)
NETWORKS = ("mobilenet_v1_tf", "mobilenet_v2_tf")
FEW = {
    "attack_settings": {"pgd_l2": {"steps": 4}},
    "region_noise": {"random_sets": 2},
    "statistics": {"resamples": 99},
    "figures": {"sheet_images": 1},
    "report": {"images": 0},
}
pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(
        not SAMPLE,
        reason="needs photographs: set SSIMBALL_SAMPLE to a folder with labels.csv (path, label "
        "of ILSVRC-2012)",
    ),
]


def test_two_networks_from_photographs_to_the_page(clone):
    folders = [Path(name).resolve() for name in FOLDERS]
    for network in NETWORKS:
        if not any((folder / f"{network}.safetensors").exists() for folder in folders):
            pytest.skip(f"needs weights: set SSIMBALL_NETWORKS to folders with those of {network}")
    (clone / "few.yaml").write_text(yaml.safe_dump(FEW))
    settings = {
        "DATA": Path(SAMPLE).resolve(),
        "WEIGHTS": os.pathsep.join(map(str, folders)),
        "ONLY": " ".join(NETWORKS),
        "IMAGES": 3,
        "OVERLAYS": "few.yaml",
    }
    made = subprocess.run(
        ["make", "networks", *(f"{name}={value}" for name, value in settings.items())],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone / "src")},
        text=True,
        capture_output=True,
    )
    assert made.returncode == 0, made.stdout + made.stderr
    answer = (clone / "results" / "networks" / "answer.txt").read_text()
    print(answer)
    assert made.stdout.rstrip().endswith(f"{answer}\nPage: results/networks/README.md")
    pairs = pd.read_parquet(clone / "results" / "networks" / "transfer.parquet")
    is_own = pairs["source"] == pairs["target"]
    # What is made on a network lowers its own margin more than that of another one.
    own, other = pairs[is_own]["margin_fall"].mean(), pairs[~is_own]["margin_fall"].mean()
    assert own > 2 * other
