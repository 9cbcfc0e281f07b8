"""Levels of the sweep image by image, with maps of known overlap; its text and figure."""

import numpy as np
import pandas as pd
import pytest

from ssimball.config.stages.overlap import SweepLevel
from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import SPEARMAN_CAM, quantity_of
from ssimball.overlap.sensitivity import level_overlaps
from ssimball.overlap.table import OverlapSettings
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.statistics.inference import Inference
from ssimball.statistics.sensitivity import FACTS, summarise_sensitivity
from ssimball.storage.contracts.sensitivity import SENSITIVITY

RNG = np.random.default_rng(5)
IMAGES = [f"image{i}" for i in range(12)]
CAMS = {image: RNG.random((4, 4)) for image in IMAGES}
NONE = dict.fromkeys(IMAGES, "no value")
OPPOSITE = {image: 1 - cam for image, cam in CAMS.items()}


def level(factor, label, attack, **changes):
    settings = {"is_base": False, "network": None, "top": None} | changes
    view = {"reference": "cam", "distortion": "deficit"} | settings
    return SweepLevel(factor=factor, label=label, attack=attack, **view)


LEVELS = [
    level("epsilon", "0.01", "ball", is_base=True),
    level("epsilon", "0.1", "ball--epsilon-0.1"),
    level("network", "own", "ball", is_base=True),
    level("network", "other", "ball", network="other"),
    level("top", "0.25", "ball", is_base=True, top=0.25),
    level("top", "0.5", "ball", top=0.5),
    level("explanation", "cam", "ball", is_base=True),
    level("explanation", "negative", "ball", reference="negative"),
    level("distortion", "deficit", "ball", is_base=True),
    level("distortion", "squared", "ball", distortion="squared"),
]


@pytest.fixture(scope="module")
def table():
    """The base overlaps fully; larger epsilon, the negative and the other network oppose."""
    run = Maps(
        cams=CAMS,
        masks={},
        textures=NONE,
        distortions={
            "ball": {"deficit": CAMS, "squared": CAMS},
            "ball--epsilon-0.1": {"deficit": OPPOSITE},
        },
        explanations={"negative": OPPOSITE},
    )
    other = Maps(OPPOSITE, {}, NONE, distortions={"ball": {"deficit": CAMS}})
    settings = OverlapSettings(top=0.25, null_draws=5, seed=0)
    measured = level_overlaps(LEVELS, "ball", run, {"other": other}, settings)
    return pd.DataFrame(one.row() for one in measured)


@pytest.fixture(scope="module")
def rows(table):
    facts = pd.DataFrame(
        {"image_id": image, "attack": attack, "network": network, "status": "attacked"}
        | {"success": True, **dict.fromkeys(FACTS, 0.5)}
        for attack, network in (("ball", None), ("ball--epsilon-0.1", None), ("ball", "other"))
        for image in IMAGES
    )
    return summarise_sensitivity(table, facts, Inference(confidence=0.95, resamples=199, seed=0))


def test_every_level_is_measured_with_its_own_maps(table):
    spearman = (
        table[(table.measure == "spearman") & (table.reference == "cam")]
        .groupby(["factor", "level"])
        .value.mean()
    )
    expected = {
        ("epsilon", "0.01"): 1.0,
        ("epsilon", "0.1"): -1.0,
        ("network", "own"): 1.0,
        ("network", "other"): -1.0,
        ("top", "0.25"): 1.0,
        ("explanation", "cam"): 1.0,
        ("explanation", "negative"): -1.0,
        ("distortion", "deficit"): 1.0,
        ("distortion", "squared"): 1.0,
    }
    assert spearman.to_dict() == pytest.approx(expected)


def test_the_share_of_the_top_is_that_of_the_level(table):
    shares = table[(table.measure == "top_share") & (table.factor == "top")]
    for label, count in (("0.25", 4), ("0.5", 8)):
        for image, value in shares[shares.level == label].set_index("image_id").value.items():
            cells = np.sort(CAMS[image].ravel())[::-1]
            assert value == pytest.approx(cells[:count].sum() / cells.sum())


def test_differences_change_sign_where_the_overlap_does(rows):
    differences = {
        (row["factor"], row["level"]): row["difference"]
        for row in rows
        if quantity_of(row) == SPEARMAN_CAM
    }
    assert min(differences["epsilon", "0.01"], differences["distortion", "squared"]) > 0.5
    assert max(differences["epsilon", "0.1"], differences["network", "other"]) < -0.5
    assert all(set(row) == {column.name for column in SENSITIVITY.columns} for row in rows)


def test_the_base_is_repeated_with_every_factor(rows):
    base = [row for row in rows if row["is_base"] and quantity_of(row) == SPEARMAN_CAM]
    assert [row["factor"] for row in base] == [
        *("epsilon", "network", "top", "explanation", "distortion")
    ]
    assert len({(row["mean"], row["ci_low"]) for row in base}) == 1


def test_the_text_shows_every_level(rows):
    text = sensitivity_text(rows, "ball")
    assert max(map(len, text.splitlines())) <= 100
    lines = [line.split() for line in text.splitlines()]
    assert [line[1] for line in lines if line[:1] == ["[0.01]"]] == ["+1.00"]
    assert [line[1] for line in lines if line[:1] == ["0.1"]] == ["-1.00"]
