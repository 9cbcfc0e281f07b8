"""Rows of the driver: they describe the stored image, and every image has one."""

import io

import numpy as np
import PIL.Image
import pytest
import torch

from ssimball.attacks import driver
from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.bracketing import recheck_bracket
from ssimball.attacks.interface import AttackResult
from ssimball.attacks.registry import load
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.controls import SsimBallControlConfig
from ssimball.config.attacks.gradient import FgsmConfig, PgdConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.errors import AttackError

SETTINGS = {
    "fgsm": FgsmConfig(epsilon=0.03),
    "pgd": PgdConfig(norm="l2", epsilon=4.0, steps=3),
    "ball": SsimBallConfig(),
}
every_method = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


@pytest.fixture(scope="module")
def subjects(picture):
    levels = [np.round(255 * picture(n, (3, 64, 64))).astype(np.uint8) for n in (0, 6, 12)]
    return [
        Subject(f"image-{i}", i, np.ascontiguousarray(rgb.transpose(1, 2, 0)))
        for i, rgb in enumerate(levels)
    ]


def task(settings, classifier, **changes):
    comparison = ComparisonConfig(mode="fixed_budget")
    defaults = {"name": "a", "attack": load(settings.method), "seed": 0, "comparison": comparison}
    return Task(settings=settings, classifier=classifier, **{**defaults, **changes})


def without_time(rows):
    return [
        {key: getattr(value, "tolist", lambda v=value: v)() for key, value in row.items()}
        for row in ({k: v for k, v in row.items() if k != "seconds"} for row in rows)
    ]


@every_method
def test_row_describes_the_stored_image(settings, subjects, demo_classifier, reference_ssim):
    for subject, row in zip(
        subjects, driver.run(task(settings, demo_classifier), subjects, 8), strict=True
    ):
        assert (row["image_id"], row["label"]) == (subject.image_id, subject.label)
        assert row["status"] == "attacked"
        with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
            assert (png.format, png.mode) == ("PNG", "RGB")
            stored = np.asarray(png).transpose(2, 0, 1) / 255
        clean = subject.rgb.transpose(2, 0, 1) / 255
        similarity = reference_ssim(clean, stored)
        with torch.no_grad():
            logits = demo_classifier(torch.from_numpy(stored)[None])[0].double().numpy()
        others = np.delete(logits, subject.label)
        assert row["predicted"] == logits.argmax()
        assert row["success"] == (logits.argmax() != subject.label)
        assert row["margin"] == pytest.approx(logits[subject.label] - others.max(), abs=1e-4)
        assert row["mean_ssim"] == pytest.approx(similarity.mean(), abs=1e-10)
        assert row["min_ssim"] == pytest.approx(similarity.min(), abs=1e-10)
        assert row["linf"] == pytest.approx(np.abs(stored - clean).max())
        assert row["l2"] == pytest.approx(np.sqrt(((stored - clean) ** 2).sum()))
        assert row["seconds"] > 0


@pytest.mark.parametrize(
    ("settings", "floor"),
    [
        (SsimBallConfig(epsilon=0.03), 0.97),
        (PgdConfig(), None),
    ],
)
def test_image_below_the_floor_is_scaled_back_to_it(settings, floor, subjects, demo_classifier):
    def attack(model, batch, settings):
        return AttackResult(1 - batch.images)

    for row in driver.run(task(settings, demo_classifier, attack=attack), subjects, 8):
        if floor is None:
            assert row["scale"] == 1
            assert row["mean_ssim"] < 0.5
        else:
            assert 0 < row["scale"] < 1
            assert floor <= row["mean_ssim"] < floor + 0.05


@pytest.mark.parametrize(
    ("settings", "change", "status"),
    [
        (FgsmConfig(), lambda x: x, "attacked"),
        (FgsmConfig(), lambda x: x.float(), "attacked"),
        # Rounding removes a third of a grey level. (FGSM changes whole levels.)
        (FgsmConfig(), lambda x: x + 1 / 765, "rounding to 8 bits"),
        (SsimBallConfig(epsilon=1e-9), None, "8 bits at mean SSIM >= 0.999999999"),
    ],
)
def test_status_says_when_rounding_leaves_nothing(
    settings, change, status, subjects, demo_classifier, reference_ssim
):
    def attack(model, batch, settings):
        return AttackResult(change(batch.images))

    changes = {"attack": attack} if change else {}
    for subject, row in zip(
        subjects, driver.run(task(settings, demo_classifier, **changes), subjects, 8), strict=True
    ):
        with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
            np.testing.assert_array_equal(np.asarray(png), subject.rgb)
        assert row["status"].endswith(status)
        assert row["status"].startswith("unchanged: ") == (status != "attacked")
        assert (row["linf"], row["mean_ssim"]) == (0, pytest.approx(1))
        assert row["success"] == (row["predicted"] != subject.label)


def test_zero_gradient_is_not_reported_as_rounding(subjects, linear):
    still = linear(torch.zeros(3, 64, 64, dtype=torch.float64))
    for row in driver.run(task(SsimBallConfig(), still), subjects[:2], 8):
        assert (row["status"], row["stopped"]) == ("attacked", "zero gradient")


@pytest.mark.parametrize(
    "settings",
    [
        SsimBallConfig(steps=2),
        SsimBallConfig(relinearise=True),
        SsimBallConfig(model="S", epsilon_local=0.1),
        SsimBallConfig(model="L", epsilon=0.05),
    ],
    ids=["Q", "Q relinearised", "S and local", "L"],
)
def test_stored_certificate_can_be_recomputed_from_the_row(settings, subjects, demo_classifier):
    for subject, row in zip(
        subjects, driver.run(task(settings, demo_classifier), subjects, 8), strict=True
    ):
        assert (row["gradient"].dtype, row["perturbation"].dtype) == (np.float16, np.float32)
        clean = torch.from_numpy(subject.rgb.transpose(2, 0, 1) / 255)
        inside, *found = recheck(clean, settings, row)
        assert inside
        assert found == pytest.approx([row["primal"], row["dual"], row["gap"]], rel=1e-9)
        assert (row["stopped"], row["gap"] <= settings.gap) == ("gap", True)


def test_stored_bracket_can_be_recomputed_from_the_row(subjects, demo_classifier):
    """Two steps, so that the gradient of the linear problem is not that of the clean image."""
    settings = SsimBallConfig(bracket=True, steps=2)
    plain = SsimBallConfig(steps=2)
    for subject, row, other in zip(
        subjects,
        driver.run(task(settings, demo_classifier), subjects, 8),
        driver.run(task(plain, demo_classifier), subjects, 8),
        strict=True,
    ):
        clean = torch.from_numpy(subject.rgb.transpose(2, 0, 1) / 255)
        inside, lower, upper = recheck_bracket(clean, settings, row)
        assert inside
        assert [lower, upper] == pytest.approx([row["bracket_lower"], row["bracket_upper"]], 1e-9)
        assert row["bracket_ratio"] == lower / upper
        assert 0.9 <= row["bracket_ratio"] <= 1
        # It is about the attack, and changes nothing of it.
        assert row["adversarial_png"] == other["adversarial_png"]
        assert "bracket_ratio" not in other


def test_bracket_is_that_of_the_stored_radius(subjects, demo_classifier):
    settings = SsimBallConfig(bracket=True)
    comparison = ComparisonConfig(mode="matched_outcome", search_steps=3)
    searched = task(settings, demo_classifier, comparison=comparison)
    row = next(iter(driver.run(searched, subjects[:1], 1)))
    assert row["budget"] != settings.epsilon
    clean = torch.from_numpy(subjects[0].rgb.transpose(2, 0, 1) / 255)
    inside, lower, upper = recheck_bracket(clean, settings, row)
    assert inside
    assert [lower, upper] == pytest.approx([row["bracket_lower"], row["bracket_upper"]], rel=1e-9)


@every_method
def test_row_does_not_depend_on_the_images_around_it(settings, subjects, demo_classifier):
    rows = without_time(driver.run(task(settings, demo_classifier), subjects, 8))
    shuffled = [subjects[2], subjects[0]]
    reordered = without_time(driver.run(task(settings, demo_classifier), shuffled, 1))
    assert reordered == [rows[2], rows[0]]


def test_random_start_depends_on_seed_and_name(subjects, demo_classifier):
    def stored(**changes):
        pgd = task(SETTINGS["pgd"], demo_classifier, **changes)
        return next(iter(driver.run(pgd, subjects[:1], 1)))["adversarial_png"]

    assert stored() == stored()
    assert len({stored(), stored(seed=1), stored(name="b")}) == 3


def fails_on_the_second(error):
    """Return an attack that changes nothing, and raises an error for image 1."""

    def attack(model, batch, settings):
        if 1 in batch.labels:
            raise error
        return AttackResult(batch.images)

    return attack


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])  # "cpu:0" works in batches, as a GPU does
@pytest.mark.parametrize(
    ("error", "status"),
    [
        (AttackError("no answer"), "failed: no answer"),
        (ZeroDivisionError("by zero\nmore"), "failed: ZeroDivisionError: by zero"),
        (RuntimeError(), "failed: RuntimeError: "),
    ],
)
def test_failed_image_becomes_a_row_and_the_others_survive(
    device, error, status, subjects, demo_classifier
):
    failing = task(
        SETTINGS["fgsm"], demo_classifier, attack=fails_on_the_second(error), device=device
    )
    rows = list(driver.run(failing, subjects, 3))
    assert [row["status"] for row in rows] == ["attacked", status, "attacked"]
    assert set(rows[1]) == {"image_id", "label", "status"}
    assert [row["image_id"] for row in rows] == [subject.image_id for subject in subjects]


def test_image_without_a_second_one_that_it_needs_becomes_a_failed_row(subjects, demo_classifier):
    settings = SsimBallControlConfig(gradient="other_image")
    [row] = driver.run(task(settings, demo_classifier), subjects[:1], 8)
    assert row["status"] == "failed: there is no other image beside it"


def test_lack_of_memory_stops_the_job(subjects, demo_classifier):
    # The error of the machine if asked for more memory than there can be.
    with pytest.raises(RuntimeError) as refused:
        torch.empty(2**60)
    for error in (MemoryError(), refused.value):
        failing = task(SETTINGS["fgsm"], demo_classifier, attack=fails_on_the_second(error))
        with pytest.raises(type(error)):
            list(driver.run(failing, subjects, 3))


class NanInTheDark(torch.nn.Module):
    """The demo classifier, except that images darker than a threshold give NaN."""

    def __init__(self, classifier, threshold):
        super().__init__()
        self.classifier, self.threshold = classifier, threshold
        self.eval()

    def forward(self, images):
        dark = images.flatten(1).mean(1, keepdim=True) < self.threshold
        return self.classifier(images) * torch.where(dark, float("nan"), 1.0)


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])
@every_method
def test_nan_logits_make_a_failed_row(settings, device, subjects, demo_classifier):
    brightness = [subject.rgb.mean() / 255 for subject in subjects]
    dark = int(np.argmin(brightness))
    threshold = float(np.mean(sorted(brightness)[:2]))
    network = NanInTheDark(demo_classifier, threshold)
    rows = list(driver.run(task(settings, network, device=device), subjects, 3))
    for i, row in enumerate(rows):
        assert row["status"].startswith("failed: ") == (i == dark)
    assert "not finite" in rows[dark]["status"]


def test_nan_images_make_a_failed_row(subjects, demo_classifier):
    def attack(model, batch, settings):
        return AttackResult(batch.images * float("nan"))

    rows = list(driver.run(task(SETTINGS["fgsm"], demo_classifier, attack=attack), subjects, 3))
    assert {row["status"] for row in rows} == {
        "failed: the attack returned values that are not finite"
    }
