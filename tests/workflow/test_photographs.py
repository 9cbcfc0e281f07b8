"""Runs on real input: photographs and Google's MobileNetV2."""

import hashlib
import io
import os
from pathlib import Path

import numpy as np
import pandas as pd
import PIL.Image
import pytest
from skimage.metrics import structural_similarity

from ssimball.config.attacks.registry import USUAL, default_attacks
from ssimball.overlap.metric import COLUMNS
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.status import has_stored_image
from ssimball.storage.tables import read_table

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
    for name in ("manifest.yaml", "networks/mobilenet_v2_tf.yaml")
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
        "explanations": ["cam", "grad_cam"],
        "causal": {"curve_steps": 3},
        "execution": {"shard_size": 60},
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


@pytest.fixture(scope="module")
def finished(tmp_path_factory, workflow_in):
    """Return the results of the whole pipeline on 6 photographs."""
    workflow = workflow_in(tmp_path_factory.mktemp("finished"))
    outcome = workflow.run(configured(6), below=OVERLAYS)
    assert outcome.code == 0, outcome.text
    return workflow.folder / "results" / "photographs"


def test_the_whole_pipeline_on_6_photographs(finished):
    results = finished
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
            assert row["matched"] == (abs(mean - 0.99) <= 1e-4)
            assert row["mean_ssim"] == pytest.approx(mean, abs=1e-10)
            if row["gap"] is not None:
                assert row["primal"] <= row["dual"]
                assert row["gap"] <= 1e-3
            fooled.setdefault(path.parent.name, []).append(row["success"])
    assert set(fooled) == set(USUAL)
    assert np.mean(fooled["ssim_ball"]) >= 0.8
    summary = pd.read_parquet(results / "summary.parquet").set_index(["attack", *COLUMNS])
    assert summary.loc[("ssim_ball", "spearman", "cam", "deficit"), "mean"] > 0.2


@pytest.mark.browser
@pytest.mark.parametrize("width", [360, 1440])
def test_the_explorer_of_6_photographs(finished, open_explorer, width):
    page = open_explorer(finished, viewport={"width": width, "height": 800})
    milliseconds = page.evaluate("performance.getEntriesByType('navigation')[0].duration")
    print(f"the explorer loads in {milliseconds:.0f} ms")
    page.select_option("#list-attack", "ssim_ball")
    page.select_option("#list-outcome", "fooled")
    page.locator("#list td.name a").first.click()
    page.wait_for_selector("#viewer[data-shown$=ssim_ball]")
    assert page.inner_text("#chosen-title") == "ssim_ball"
    before = page.inner_text("#overlay-note")
    page.locator("#overlay-top").fill("50")
    assert page.inner_text("#overlay-note") != before
    page.locator("#compare-divider").fill("0")
    assert page.get_attribute("#compare", "data-whole") == "adversarial"
    assert page.evaluate("document.getElementById('viewer').scrollWidth") == width


#: Budgets that a few seconds an image will do for; what is not here is quick by its defaults.
QUICK = {
    "pgd_linf": {"steps": 3},
    "pgd_l2": {"steps": 3},
    "mi_fgsm": {"steps": 3},
    "deepfool": {"candidates": 3},
    "ddn": {"steps": 8},
    "carlini_wagner": {"binary_search_steps": 2, "steps": 5, "initial_const": 10.0},
    "ead": {"binary_search_steps": 2, "steps": 5, "initial_const": 10.0},
    "str_attack": {"steps": 8, "search_steps": 2, "refine_steps": 2},
    "one_pixel": {"population": 10, "generations": 2},
    "few_pixel": {"population": 10, "generations": 2},
    "ssim_pgd": {"steps": 3},
    "carlini_wagner_ssim": {"search_steps": 2, "steps": 8},
    "ssim_ball_fw": {"steps": 2},
    "ssim_ball_conic": {"solver": "clarabel", "window": {"stride": 8}},
}


def test_every_attack_on_photographs_with_small_budgets(workflow):
    overlay = configured(2)
    changes = {"attacks": list(default_attacks()), "attack_settings": QUICK}
    overlay |= {**changes, "comparison": {"reruns": 1}}
    outcome = workflow.run(overlay, "summary", below=OVERLAYS)
    assert outcome.code == 0, outcome.text
    results = workflow.folder / "results" / "photographs"
    print((results / "comparison.md").read_text())
    clean = pd.read_parquet(results / "clean" / "00000.parquet").set_index("image_id")
    for attack in default_attacks():
        table = read_table(results / "attacks" / attack / "00000.parquet", ATTACKS)
        rows = [row for row in table.to_pylist() if clean.correct[row["image_id"]]]
        assert rows
        for row in rows:
            assert has_stored_image(row["status"]), (attack, row["status"])
            before = pixels(clean.image_png[row["image_id"]])
            after = pixels(row["adversarial_png"])
            assert row["l2"] == pytest.approx(np.linalg.norm(after - before))
            assert row["l0"] == (after != before).any(axis=2).sum()
            assert row["clean_margin"] == clean.margin[row["image_id"]] > 0
            if row["status"].startswith("not found"):
                assert row["l0"] == 0
            elif row["matched"]:
                assert row["mean_ssim"] == pytest.approx(0.99, abs=1e-4)
