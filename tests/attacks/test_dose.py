"""The sweep's doses: every level has the mean SSIM of its epsilon, and a control of equal size."""

import io

import numpy as np
import PIL.Image
import pytest
import torch

from ssimball.attacks import driver
from ssimball.attacks.task import Subject, Task
from ssimball.config.study import load_study
from ssimball.config.sweep import sweep_levels

EPSILON = [0.003, 0.1]
SWEEP = {"enabled": True, "smallest_budget": False, "vary": {"epsilon": EPSILON}}
STUDY = load_study({"attacks": ["ssim_ball"], "sensitivity": SWEEP})


@pytest.fixture(scope="module")
def subject(picture, demo_classifier):
    levels = np.round(255 * picture(6, (3, 64, 64))).astype(np.uint8)
    logits = demo_classifier(torch.from_numpy(levels / 255)[None])
    return Subject("image", int(logits.argmax()), np.ascontiguousarray(levels.transpose(1, 2, 0)))


@pytest.fixture(scope="module")
def stored(subject, demo_classifier):
    """Each level of the sweep and the row of its image, by attack."""
    levels = {level.attack: level for level in sweep_levels(STUDY)}
    rows = {}
    for name, level in levels.items():
        task = Task.load(name, level.settings, demo_classifier, comparison=level.comparison)
        [row] = driver.run(task, [subject], 1)
        rows[name] = (level, row)
    return rows


def test_stored_images_have_the_mean_ssim_of_their_dose(stored, subject, reference_ssim):
    clean = subject.rgb.transpose(2, 0, 1) / 255
    doses = []
    for level, row in stored.values():
        with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
            image = np.asarray(png).transpose(2, 0, 1) / 255
        deficit = 1 - reference_ssim(clean, image).mean()
        assert deficit == pytest.approx(level.settings.epsilon, abs=STUDY.comparison.tolerance)
        doses.append((level.is_control, level.settings.epsilon))
    assert sorted(doses) == [
        (is_control, epsilon) for is_control in (False, True) for epsilon in (0.003, 0.01, 0.1)
    ]


def test_the_control_has_the_magnitudes_of_the_gradient_in_place(stored):
    for epsilon in EPSILON:
        attack, control = (
            stored[f"{name}--epsilon-{epsilon}"][1]["gradient"]
            for name in ("ssim_ball", "ball_permuted_signs")
        )
        np.testing.assert_allclose(np.abs(control), np.abs(attack), rtol=1e-6)
        # The signs are others.
        assert 0.2 < (np.sign(control) != np.sign(attack)).mean() < 0.8
