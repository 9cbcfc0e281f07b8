"""What is explained of each image, and what its row says."""

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
from ssimball.errors import ConfigError
from ssimball.explanations.driver import answer, attacked_questions, clean_questions, task_of
from ssimball.explanations.registry import load, settings_of
from ssimball.storage.images import encode_png, to_8_bit


def stage(settings, seed=0):
    return {"explanation": "mine", "settings": settings.model_dump(mode="json"), "seed": seed}


@pytest.fixture(scope="module")
def png(images):
    return encode_png(to_8_bit(images[0]))


@pytest.mark.parametrize(("name", "settings"), default_explanations().items())
def test_every_method_has_its_module_and_settings_come_back_from_a_stage(name, settings):
    assert settings.method == name
    assert load(name).__module__ == f"ssimball.explanations.{name}"
    assert settings_of(settings.model_dump(mode="json")) == settings


@pytest.mark.parametrize(
    ("predicted", "expected"),
    [(3, [("label", 3)]), (5, [("label", 3), ("predicted", 5)])],
)
def test_clean_images_are_asked_for_label_and_other_prediction(predicted, expected):
    row = {"image_id": "a", "label": 3, "predicted": predicted, "status": "ok", "image_png": b"x"}
    asked = list(clean_questions(row))
    assert [(q.origin["explained"], q.origin["class_index"]) for q in asked] == expected
    assert {(q.origin["image"], q.png) for q in asked} == {("clean", b"x")}


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
    keys = ("image", "explained", "class_index")
    assert [(*(q.origin[key] for key in keys), q.png) for q in asked] == expected
    assert [q.status for q in asked] == ["ok" if png else status] * len(expected)


def test_rows_hold_raw_maps_and_biases_where_exact(demo_classifier, png):
    row = {"image_id": "a", "label": 3, "predicted": 5, "status": "ok", "image_png": png}
    own, other = clean_questions(row)
    task = task_of(stage(CamConfig()), demo_classifier, "cpu")
    for question in (own, other):
        found = answer(task, question)
        assert (found["status"], found["map"].shape, found["map"].dtype) == ("ok", (3, 2), "f4")
        assert found["map"].mean() + found["bias"] == pytest.approx(found["logit"], abs=1e-4)
    assert "bias" not in answer(task_of(stage(GradientConfig()), demo_classifier, "cpu"), own)


def test_noise_belongs_to_image_class_name_and_seed(demo_classifier, png):
    (question,) = clean_questions(
        {"image_id": "a", "label": 3, "predicted": 3, "status": "ok", "image_png": png}
    )
    settings = SmoothGradConfig(samples=2)

    def found(seed=0, **changes):
        task = task_of(stage(settings, seed) | changes, demo_classifier, "cpu")
        return answer(task, question)["map"]

    np.testing.assert_array_equal(found(), found())
    assert np.abs(found() - found(seed=1)).max() > 0
    assert np.abs(found() - found(explanation="other")).max() > 0


def test_what_has_no_image_keeps_its_reason(demo_classifier):
    row = {"image_id": "a", "label": 3, "predicted": None, "status": "failed: x", "image_png": None}
    (question,) = clean_questions(row)
    found = answer(task_of(stage(CamConfig()), demo_classifier, "cpu"), question)
    assert found == {
        "image_id": "a",
        "label": 3,
        "image": "clean",
        "explained": "label",
        "class_index": 3,
        "status": "failed: x",
    }


def test_a_map_that_is_not_finite_is_a_row_that_says_so(linear, png):
    weight = torch.full((3, 96, 64), float("inf"))
    (question,) = clean_questions(
        {"image_id": "a", "label": 0, "predicted": 0, "status": "ok", "image_png": png}
    )
    found = answer(task_of(stage(GradientConfig()), linear(weight), "cpu"), question)
    assert found["status"] == "failed: the explanation is not finite"
    assert "map" not in found


def test_a_wrong_layer_is_named_by_its_key(demo_classifier, png):
    (question,) = clean_questions(
        {"image_id": "a", "label": 0, "predicted": 0, "status": "ok", "image_png": png}
    )
    task = task_of(stage(GradCamConfig(layer="features.99")), demo_classifier, "cpu")
    with pytest.raises(ConfigError, match=r"explanation_settings\.mine\.layer: the network has no"):
        answer(task, question)
