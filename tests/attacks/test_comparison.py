"""The stored image in each comparison mode, checked by scikit-image and by linear models."""

import io

import numpy as np
import PIL.Image
import pytest
import torch
from torch import nn

from ssimball.attacks import driver
from ssimball.attacks.interface import AttackResult
from ssimball.attacks.registry import load
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.gradient import FgsmConfig, PgdConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.models.pass_counter import PassCounter


def subject_of(picture, shape=(3, 64, 64)):
    levels = np.round(255 * picture(6, shape)).astype(np.uint8)
    return Subject("image", 3, np.ascontiguousarray(levels.transpose(1, 2, 0)))


def row_of(settings, classifier, subject, attack=None, **comparison):
    comparison = ComparisonConfig(**comparison)
    task = Task("a", attack or load(settings.method), settings, classifier, 0, comparison)
    [row] = driver.run(task, [subject], 1)
    return row


def similarity(subject, row, reference_ssim):
    with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
        stored = np.asarray(png).transpose(2, 0, 1) / 255
    return reference_ssim(subject.rgb.transpose(2, 0, 1) / 255, stored).mean()


@pytest.mark.parametrize("mean_ssim", [0.999, 0.97])
@pytest.mark.parametrize(
    "settings",
    [
        PgdConfig(norm="l2", epsilon=4.0, steps=3),
        PgdConfig(norm="l2", epsilon=0.05, steps=3),
        SsimBallConfig(),
        SsimBallConfig(model="L", gap=1e-2),
    ],
    ids=["large", "small", "ball", "local ball"],
)
def test_matched_quality_reaches_the_mean_ssim(
    settings, mean_ssim, picture, demo_classifier, reference_ssim
):
    subject = subject_of(picture)
    row = row_of(settings, demo_classifier, subject, mean_ssim=mean_ssim)
    assert row["matched"]
    assert row["mean_ssim"] == pytest.approx(mean_ssim, abs=1e-4)
    assert similarity(subject, row, reference_ssim) == pytest.approx(mean_ssim, abs=1e-4)
    # Runs with corrected budgets leave little to scale.
    assert row["budget"] != settings.budget
    assert 0.5 < row["scale"] < 2


def test_whole_levels_are_matched_and_the_row_says_how(picture, demo_classifier, reference_ssim):
    """A change of whole levels everywhere: of one level or two, with nothing in between."""
    subject = subject_of(picture)
    signs = np.random.default_rng(0).choice([-1.0, 1.0], (3, 64, 64))
    clean = subject.rgb.transpose(2, 0, 1) / 255
    steps = [np.clip(clean + k * signs / 255, 0, 1) for k in (1, 2)]
    values = [reference_ssim(clean, step).mean() for step in steps]

    def attack(model, batch, settings):
        return AttackResult(batch.images + settings.epsilon * torch.from_numpy(signs))

    rows = []
    for share in (0, 0.4, 0.6, 0.6, 1):
        between = (1 - share) * values[0] + share * values[1]
        row = row_of(FgsmConfig(), demo_classifier, subject, attack, mean_ssim=between)
        assert row["matched"]
        assert similarity(subject, row, reference_ssim) == pytest.approx(between, abs=1e-4)
        rows.append(row)
    exact, few, more, again, beyond = (row["dithered"] for row in rows)
    assert exact == beyond == 0 < few < more < 1
    assert more == again
    assert rows[2]["adversarial_png"] == rows[3]["adversarial_png"]


def test_attack_without_a_budget_is_scaled_up_or_down(picture, linear, reference_ssim):
    direction = torch.from_numpy(np.random.default_rng(0).standard_normal((3, 64, 64)))

    class Free(FgsmConfig):
        budget_key = None

    subject = subject_of(picture)
    first = Subject("image", 0, subject.rgb)
    for size in (1e-4, 0.3):

        def attack(model, batch, settings, size=size):
            return AttackResult((batch.images + size * direction).clamp(0, 1))

        row = row_of(Free(), linear(direction), first, attack, mean_ssim=0.98)
        assert row["matched"]
        assert (row["scale"] > 1) == (size == 1e-4)
        assert similarity(subject, row, reference_ssim) == pytest.approx(0.98, abs=1e-4)
        # On a linear model the margin falls in proportion to the change.
        tilted = Tilted(direction, subject.rgb)
        row = row_of(Free(), tilted, first, attack, mode="matched_outcome", search_steps=12)
        if size == 0.3:
            assert row["success"]
            assert row["smallest_budget"] == row["scale"] == row["budget"] < 0.2
            assert row["budget_below"] > row["scale"] / 1.2
        else:
            assert row["smallest_budget"] is None


class Tilted(nn.Module):
    """A linear model: class 0 until the image has moved by 0.01 along a direction."""

    def __init__(self, direction, rgb):
        super().__init__()
        self.clean, self.direction = torch.from_numpy(rgb.transpose(2, 0, 1) / 255), direction
        self.eval()

    def forward(self, images):
        moved = ((images - self.clean) * self.direction).flatten(1).sum(1)
        margin = 0.01 * (self.direction**2).sum() - moved
        return torch.stack([margin, torch.zeros_like(margin)], 1)


def test_clean_image_is_stored_if_the_attack_finds_none(picture, demo_classifier):
    def attack(model, batch, settings):
        return AttackResult(batch.images.clone(), failures=["no adversarial image"])

    subject = subject_of(picture)
    for mode in ("fixed_budget", "matched_quality", "matched_outcome"):
        row = row_of(FgsmConfig(), demo_classifier, subject, attack, mode=mode)
        assert row["status"] == "not found: no adversarial image"
        with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
            np.testing.assert_array_equal(np.asarray(png), subject.rgb)
        assert row["success"] == (row["predicted"] != subject.label)


def test_passes_are_counted_image_by_image(demo_classifier):
    x = torch.rand(3, 3, 32, 32, requires_grad=True)
    with PassCounter(demo_classifier) as passes:
        logits = demo_classifier(x)
        logits[:, 0].sum().backward(retain_graph=True)
        logits[:2, 1].sum().backward()
        with torch.no_grad():
            demo_classifier(x[:1])
    demo_classifier(x)
    assert (passes.forward, passes.backward) == (4, 6)
