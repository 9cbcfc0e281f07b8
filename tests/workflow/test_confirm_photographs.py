"""``make confirm`` on photographs in class folders, in a clone."""

import csv
import os
import subprocess
from pathlib import Path

import pytest
from PIL import Image

SAMPLE = os.environ.get("SSIMBALL_SAMPLE")
pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(
        not SAMPLE,
        reason="needs photographs: set SSIMBALL_SAMPLE to a folder with labels.csv (path, label of "
        "ILSVRC-2012) and mobilenet_v2_tf.safetensors",
    ),
]


def test_claims_on_three_photographs_need_more_of_them(clone, tmp_path):
    sample, photographs = Path(SAMPLE).resolve(), tmp_path / "photographs"
    with (sample / "labels.csv").open(newline="") as file:
        for row in list(csv.DictReader(file))[:3]:
            folder = photographs / row["label"]
            folder.mkdir(parents=True, exist_ok=True)
            with Image.open(sample / row["path"]) as image:
                image.convert("RGB").save(folder / f"{Path(row['path']).stem}.JPEG", quality=95)
    weights = sample / "mobilenet_v2_tf.safetensors"
    made = subprocess.run(
        ["make", "confirm", f"DATA={photographs}", f"WEIGHTS={weights}"],
        cwd=clone,
        env={**os.environ, "PYTHONPATH": str(clone / "src")},
        text=True,
        capture_output=True,
    )
    assert "10 claims of config/confirmation.yaml" in made.stdout, made.stdout + made.stderr
    assert "too few images; it takes about" in made.stdout and " confirmed\n" not in made.stdout
    # Of make, whose recipe has ended with the 1 of a finding.
    assert made.returncode == 2
