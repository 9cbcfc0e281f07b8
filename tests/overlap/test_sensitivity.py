"""Levels of the sweep image by image, with maps of known overlap; its text and its dose."""

import numpy as np
import pandas as pd
import pytest

from ssimball.config.stages.overlap import SweepLevel
from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.overlap.sensitivity import level_overlaps
from ssimball.overlap.table import OverlapSettings
from ssimball.report.figures.dose_rows import dose_rows
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.statistics.inference import Inference
from ssimball.statistics.sensitivity import FACTS, summarise_sensitivity
from ssimball.storage.contracts.figures import FIGURE_DOSE
from ssimball.storage.contracts.sensitivity import SENSITIVITY

RNG = np.random.default_rng(5)
IMAGES = [f"image{i}" for i in range(12)]
CAMS = {image: RNG.random((4, 4)) for image in IMAGES}
NONE = dict.fromkeys(IMAGES, "no value")
OPPOSITE = {image: 1 - cam for image, cam in CAMS.items()}
LARGER, SMALLEST = "ball--epsilon-0.1", "ball--comparison-matched_outcome"
#: SSIM deficit of each attack's images; the control overlaps as the attack does not.
DEFICITS = {"ball": CAMS, LARGER: OPPOSITE, SMALLEST: CAMS}
CONTROLS = {"signs": OPPOSITE, "signs--epsilon-0.1": CAMS}
#: Mean SSIM of each attack's images.
SSIM = {"ball": 0.99, LARGER: 0.9, SMALLEST: 0.998, "signs": 0.99, "signs--epsilon-0.1": 0.9}


def level(factor, label, attack, **changes):
    settings = {"is_base": False, "is_control": False, "network": None} | changes
    view = {"reference": "cam", "distortion": "deficit"} | settings
    return SweepLevel(factor=factor, label=label, attack=attack, **view)


LEVELS = [
    level("epsilon", "0.01", "ball", is_base=True),
    level("epsilon", "0.1", LARGER),
    level("comparison", "matched_quality", "ball", is_base=True),
    level("comparison", "matched_outcome", SMALLEST),
    level("network", "own", "ball", is_base=True),
    level("network", "other", "ball", network="other"),
    level("explanation", "cam", "ball", is_base=True),
    level("explanation", "negative", "ball", reference="negative"),
    level("distortion", "deficit", "ball", is_base=True),
    level("distortion", "squared", "ball", distortion="squared"),
    level("epsilon", "0.01", "signs", is_base=True, is_control=True),
    level("epsilon", "0.1", "signs--epsilon-0.1", is_control=True),
    level("network", "other", "signs", network="other", is_control=True),
    level("explanation", "negative", "signs", reference="negative", is_control=True),
]
#: Rank correlation by level, for the attack and for the control.
EXPECTED = {
    ("epsilon", "0.01", False): 1.0,
    ("epsilon", "0.1", False): -1.0,
    ("comparison", "matched_quality", False): 1.0,
    ("comparison", "matched_outcome", False): 1.0,
    ("network", "own", False): 1.0,
    ("network", "other", False): -1.0,
    ("explanation", "cam", False): 1.0,
    ("explanation", "negative", False): -1.0,
    ("distortion", "deficit", False): 1.0,
    ("distortion", "squared", False): 1.0,
    ("epsilon", "0.01", True): -1.0,
    ("epsilon", "0.1", True): 1.0,
    ("network", "other", True): 1.0,
    ("explanation", "negative", True): 1.0,
}


@pytest.fixture(scope="module")
def table():
    distortions = {name: {"deficit": grids} for name, grids in {**DEFICITS, **CONTROLS}.items()}
    distortions["ball"]["squared"] = CAMS
    explanations = {"negative": OPPOSITE}
    run = Maps(CAMS, {}, NONE, distortions=distortions, explanations=explanations)
    of_other = {"ball": {"deficit": CAMS}, "signs": {"deficit": OPPOSITE}}
    other = Maps(OPPOSITE, {}, NONE, distortions=of_other)
    settings = OverlapSettings(top=0.25, null_draws=5, seed=0)
    measured = level_overlaps(LEVELS, run, {"other": other}, settings)
    return pd.DataFrame(one.row() for one in measured)


@pytest.fixture(scope="module")
def rows(table):
    made = [*((attack, None) for attack in SSIM), ("ball", "other"), ("signs", "other")]
    facts = pd.DataFrame(
        {"image_id": image, "attack": attack, "network": network, "status": "attacked"}
        | {"success": not attack.startswith("signs"), **dict.fromkeys(FACTS, SSIM[attack])}
        for attack, network in made
        for image in IMAGES
    )
    return summarise_sensitivity(table, facts, Inference(confidence=0.95, resamples=199, seed=0))


def test_every_level_is_measured_with_its_own_maps(table):
    found = table[(table.measure == "spearman") & (table.reference == "cam")]
    means = found.groupby(["factor", "level", "is_control"]).value.mean()
    assert means.to_dict() == pytest.approx(EXPECTED)


def test_the_effect_of_a_level_is_that_of_its_own_attack(rows):
    effects = {
        (row["factor"], row["level"], row["is_control"]): row["difference"]
        for row in rows
        if quantity_of(row) == SPEARMAN_CAM
    }
    assert {key: np.sign(effect) for key, effect in effects.items()} == EXPECTED
    assert min(map(abs, effects.values())) > 0.5
    assert all(set(row) == {column.name for column in SENSITIVITY.columns} for row in rows)


def test_the_base_is_repeated_with_every_factor(rows):
    base = [row for row in rows if row["is_base"] and quantity_of(row) == SPEARMAN_CAM]
    assert [row["factor"] for row in base] == [
        *("epsilon", "comparison", "network", "explanation", "distortion"),
        "epsilon",
    ]
    assert len({(row["mean"], row["ci_low"]) for row in base}) == 2  # attack and control


def test_doses_are_the_budgets_and_the_smallest_that_fool(rows):
    doses = dose_rows(rows, ("epsilon", "mean_ssim"))
    known = {column.name for column in FIGURE_DOSE.columns}
    assert all(set(row) == known for row in doses)
    assert [
        (row["attack"], row["kind"], row["level"], row["dose"], row["fooled"]) for row in doses
    ] == [
        ("ball", "dose", "as configured", pytest.approx(0.01), 1.0),
        ("ball", "dose", "epsilon 0.1", pytest.approx(0.1), 1.0),
        ("ball", "smallest", "comparison matched_outcome", pytest.approx(0.002), 1.0),
        ("signs", "dose", "as configured", pytest.approx(0.01), 0.0),
        ("signs", "dose", "epsilon 0.1", pytest.approx(0.1), 0.0),
    ]
    signs = [np.sign(row["difference"]) for row in doses]
    assert signs == [1, -1, 1, -1, 1]


def test_the_text_names_the_choices_that_change_the_sign(rows):
    text = sensitivity_text(rows, 0.95)
    assert max(map(len, text.splitlines())) <= 100
    other_sign = [line for line in text.splitlines() if line.startswith("  other sign:")]
    assert len(other_sign) == 2
    for name in ("epsilon 0.1", "network other", "explanation negative"):
        assert f"({name})" in other_sign[0] and f"({name})" in other_sign[1]
    assert "distortion" not in other_sign[0]
