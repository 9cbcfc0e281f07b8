"""Which classes are explained on which images, and the rows that result."""

import numpy as np
import pytest
import torch

from ssimball.config.explanation import (
    CamConfig,
    GradCamConfig,
    GradientConfig,
    SmoothGradConfig,
    default_explanations,
)
from ssimball.config.model import ModelConfig
from ssimball.config.stages.explain import ExplainStage
from ssimball.errors import ConfigError
from ssimball.explanations.driver import attacked_questions, clean_questions, explain, load_task
from ssimball.explanations.registry import load
from ssimball.storage.images import encode_png, to_8_bit


@pytest.fixture(scope="module")
def png(images):
    return encode_png(to_8_bit(images[0]))


def label_question(png):
    """Return the question for class 0 on an image of that class, predicted as such."""
    (question,) = clean_questions(
        {"image_id": "a", "label": 0, "predicted": 0, "status": "ok", "image_png": png}
    )
    return question


@pytest.mark.parametrize(("name", "settings"), default_explanations().items())
def test_every_method_has_its_module_and_settings_come_back_from_a_stage(name, settings):
    assert settings.method == name
    assert load(name).__module__ == f"ssimball.explanations.methods.{name}"
    stage = ExplainStage(explanation=name, settings=settings, model=ModelConfig())
    assert ExplainStage.parse(stage.canonical()).settings == settings


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [(3, [("label", 3)]), (5, [("label", 3), ("predicted", 5)])],
)
def test_clean_images_are_asked_for_label_and_other_prediction(predicted, expected):
    row = {"image_id": "a", "label": 3, "predicted": predicted, "status": "ok", "image_png": b"x"}
    asked = list(clean_questions(row))
    assert [(q.explained, q.class_index) for q in asked] == expected
    assert {(q.image, q.png) for q in asked} == {("clean", b"x")}


@pytest.mark.parametrize(
    ("status", "predicted", "expected"),
    [
        ("attacked", 3, [("adversarial", "label", 3, b"y")]),
        ("unchanged: why", 3, [("adversarial", "label", 3, b"y")]),
        (
            "attacked",
            5,
            [
                ("adversarial", "label", 3, b"y"),
                ("clean", "adversarial", 5, b"x"),
                ("adversarial", "adversarial", 5, b"y"),
            ],
        ),
        ("skipped: misclassified", None, [("adversarial", "label", 3, None)]),
    ],
)
def test_attacked_images_are_asked_for_label_and_adversarial_class(status, predicted, expected):
    png = b"y" if predicted is not None else None
    row = {"image_id": "a", "label": 3, "predicted": predicted, "status": status}
    asked = list(attacked_questions({**row, "adversarial_png": png}, b"x"))
    assert [(q.image, q.explained, q.class_index, q.png) for q in asked] == expected
    assert [q.status for q in asked] == ["ok" if png else status] * len(expected)


def test_rows_hold_raw_maps_and_biases_where_exact(demo_classifier, png):
    row = {"image_id": "a", "label": 3, "predicted": 5, "status": "ok", "image_png": png}
    of_label, of_prediction = clean_questions(row)
    task = load_task("mine", CamConfig(), demo_classifier)
    for question in (of_label, of_prediction):
        found = explain(task, question)
        assert (found.status, found.map.shape, found.map.dtype) == ("ok", (3, 2), "f4")
        assert found.map.mean() + found.bias == pytest.approx(found.logit, abs=1e-4)
    assert explain(load_task("mine", GradientConfig(), demo_classifier), of_label).bias is None


def test_noise_belongs_to_image_class_name_and_seed(demo_classifier, png):
    question = label_question(png)
    settings = SmoothGradConfig(samples=2)

    def smoothgrad(name="mine", seed=0):
        return explain(load_task(name, settings, demo_classifier, seed=seed), question).map

    np.testing.assert_array_equal(smoothgrad(), smoothgrad())
    assert np.abs(smoothgrad() - smoothgrad(seed=1)).max() > 0
    assert np.abs(smoothgrad() - smoothgrad("other")).max() > 0


def test_a_row_without_image_has_its_status(demo_classifier):
    row = {"image_id": "a", "label": 3, "predicted": None, "status": "failed: x", "image_png": None}
    (question,) = clean_questions(row)
    assert explain(load_task("mine", CamConfig(), demo_classifier), question).row() == {
        "image_id": "a",
        "label": 3,
        "image": "clean",
        "explained": "label",
        "class_index": 3,
        "status": "failed: x",
        "logit": None,
        "bias": None,
        "map": None,
    }


def test_a_map_that_is_not_finite_is_a_failed_row(linear, png):
    weight = torch.full((3, 96, 64), float("inf"))
    found = explain(load_task("mine", GradientConfig(), linear(weight)), label_question(png))
    assert found.status == "failed: the explanation is not finite"
    assert found.map is None


def test_a_wrong_layer_is_named_by_its_key(demo_classifier, png):
    task = load_task("mine", GradCamConfig(layer="features.99"), demo_classifier)
    with pytest.raises(ConfigError, match=r"explanation_settings\.mine\.layer: the network has no"):
        explain(task, label_question(png))
