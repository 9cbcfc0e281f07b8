"""CAMs of classes other than the true one."""

import numpy as np
import pytest
import torch

from ssimball.explanations.other_classes import class_cams, other_classes
from ssimball.models.clean import predict
from ssimball.storage.images import decode_png, encode_png, to_tensor


@pytest.fixture(scope="module")
def clean(demo_classifier):
    rgb = np.random.default_rng(0).integers(0, 256, (96, 96, 3), dtype=np.uint8)
    predicted = predict(demo_classifier, to_tensor(rgb), 3)
    return {"image_id": "x", "status": "ok", "image_png": encode_png(rgb), **predicted}


def test_maps_sum_up_to_the_logits_of_their_classes(demo_classifier, clean):
    head = demo_classifier.features_of(to_tensor(decode_png(clean["image_png"]))[None]).head
    bias = head.bias.double()
    logits = torch.tensor(clean["logits"], dtype=torch.float64) - bias
    for cam in class_cams(demo_classifier, clean, seed=0):
        expected = logits.mean() if cam.class_index is None else logits[cam.class_index]
        assert cam.map.mean() == pytest.approx(float(expected), abs=1e-4)


def test_roles_are_those_of_the_logits_and_random_classes_those_of_image_and_seed(
    demo_classifier, clean
):
    def classes(role, seed=0, **changes):
        cams = class_cams(demo_classifier, {**clean, **changes}, seed)
        return [cam.class_index for cam in cams if cam.role == role]

    ranked = [c for c in np.argsort(clean["logits"])[::-1] if c != 3]
    assert classes("runner_up") == ranked[:1] and classes("top_ten") == ranked[1:]
    drawn = classes("random_class")
    assert sorted(drawn) == [c for c in range(10) if c != 3]
    assert drawn == classes("random_class") != classes("random_class", seed=1)
    assert drawn != classes("random_class", image_id="y")
    [failed] = {cam.status for cam in class_cams(demo_classifier, {**clean, "status": "no"}, 0)}
    assert failed == "no"


def test_two_classes_leave_no_rest_of_the_top_ten():
    chosen = other_classes(np.array([0.0, 1.0]), 0, np.random.default_rng(0))
    assert chosen == {"runner_up": [1], "top_ten": [], "random_class": [1]}
