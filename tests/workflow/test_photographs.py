"""The real input: photographs and Google's MobileNetV2, as a user brings them."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from skimage.metrics import structural_similarity

from ssimball.artifacts import read_table
from ssimball.config.attacks import default_attacks
from ssimball.contracts import ATTACKS
from ssimball.status import has_stored_image

SAMPLE = os.environ.get("SSIMBALL_SAMPLE")
pytestmark = [
    pytest.mark.photographs,
    pytest.mark.skipif(
        not SAMPLE,
        reason="needs photographs: set SSIMBALL_SAMPLE to a folder with labels.csv (path, label "
        "of ILSVRC-2012) and mobilenet_v2_tf.safetensors",
    ),
]
OVERLAYS = [
    Path(__file__).resolve().parents[2] / "config" / name
    for name in ("manifest.yaml", "mobilenet_v2_tf.yaml")
]


def configured(images):
    sample = Path(SAMPLE).resolve()
    weights = sample / "mobilenet_v2_tf.safetensors"
    return {
        "run": "photographs",
        "dataset": {"kind": "manifest", "manifest": {"path": str(sample / "labels.csv")}},
        "model": {
            "weights": str(weights),
            "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        },
        "subset": {"images": images},
        "statistics": {"resamples": 999},
        "execution": {"shard_size": 12},
    }


def pixels(png):
    return np.asarray(PIL.Image.open(io.BytesIO(png))) / 255


def test_107_of_the_120_photographs_are_classified_correctly(workflow):
    outcome = workflow.run(configured("all"), "clean", below=OVERLAYS)
    assert outcome.code == 0, outcome.text
    folder = workflow.folder / "results" / "photographs" / "clean"
    clean = pd.concat(map(pd.read_parquet, folder.glob("*.parquet")))
    assert len(clean) == 120
    assert clean.correct.sum() == 107


def test_the_whole_pipeline_on_24_photographs(workflow):
    outcome = workflow.run(configured(24), below=OVERLAYS)
    assert outcome.code == 0, outcome.text
    results = workflow.folder / "results" / "photographs"
    print((results / "answer.txt").read_text())
    folder = results / "clean"
    clean = pd.concat(map(pd.read_parquet, folder.glob("*.parquet"))).set_index("image_id")
    fooled = {}
    for path in sorted((results / "attacks").glob("*/*.parquet")):
        for row in read_table(path, ATTACKS).to_pylist():
            if not has_stored_image(row["status"]):
                assert row["status"] == "skipped: misclassified"
                assert not clean.correct[row["image_id"]]
                continue
            mean = structural_similarity(
                pixels(clean.image_png[row["image_id"]]),
                pixels(row["adversarial_png"]),
                gaussian_weights=True,
                sigma=1.5,
                use_sample_covariance=False,
                data_range=1.0,
                channel_axis=2,
            )
            assert mean >= 0.99
            assert row["mean_ssim"] == pytest.approx(mean, abs=1e-10)
            if row["gap"] is not None:
                assert row["primal"] <= row["dual"]
                assert row["gap"] <= 1e-3
            fooled.setdefault(path.parent.name, []).append(row["success"])
    assert set(fooled) == set(default_attacks())
    assert np.mean(fooled["ssim_ball"]) >= 0.8
    summary = pd.read_parquet(results / "summary.parquet").set_index(["attack", "metric"])
    assert summary.loc[("ssim_ball", "spearman_cam"), "mean"] > 0.2
