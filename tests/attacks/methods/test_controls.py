"""Each control: which information it shares with an attack, and which not."""

import numpy as np
import pytest
import torch

from ssimball.attacks import driver
from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.controls import NoiseConfig, ShuffledStepConfig, SsimBallControlConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.models.pass_counter import PassCounter

SHAPE = (3, 48, 48)
GREY = torch.full((1, *SHAPE), 0.5, dtype=torch.float64)
ZERO = torch.tensor([0])
DIRECTIONS = ("random", "other_image", "permuted_signs", "sign_only", "rolled_magnitude")


@pytest.fixture(scope="module")
def weight():
    """Weight in float16 with largest magnitude 1, so that certificates store it exactly."""
    drawn = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, SHAPE)).half().double()
    drawn[0, 0, 0] = 1.0
    return drawn


def run(settings, model, images=GREY, labels=ZERO, others=None):
    rng = [np.random.default_rng([7, i]) for i in range(len(images))]
    return load(settings.method)(model, Batch(images, labels, rng, others=others), settings)


def pixels(values):
    """Return the pixels of one image in sorted order, (H W, C)."""
    rows = values.flatten(1).T.numpy()
    return rows[np.lexsort(rows.T)]


@pytest.mark.parametrize("kind", ["sign", "gaussian"])
def test_noise_has_the_moments_of_its_distribution(kind, linear):
    """Each moment is within four standard errors of n independent values."""
    settings = NoiseConfig(kind=kind, epsilon=0.05)
    d = (run(settings, linear(GREY[0])).adversarial - GREY)[0].numpy() / 0.05
    n, fourth = d.size, {"sign": 1, "gaussian": 3}[kind]
    assert abs(d.mean()) < 4 / n**0.5
    assert (d**2).mean() == pytest.approx(1, abs=4 * ((fourth - 1) / n) ** 0.5 + 1e-12)
    assert (d**4).mean() == pytest.approx(
        fourth, abs=4 * ((105 - 9) / n) ** 0.5 * (fourth > 1) + 1e-12
    )
    for axis in range(3):
        neighbours = (d * np.roll(d, 1, axis)).mean()
        assert abs(neighbours) < 4 / n**0.5
    white = run(settings, linear(GREY[0]), torch.ones_like(GREY)).adversarial
    assert float(white.max()) == 1
    assert 0.4 < float((white < 1).double().mean()) < 0.6


@pytest.mark.parametrize("norm", ["linf", "l2"])
def test_shuffled_step_is_the_gradient_at_other_pixels(norm, weight, linear):
    settings = ShuffledStepConfig(norm=norm, epsilon=0.1)
    d = (run(settings, linear(weight)).adversarial - GREY)[0]
    # The gradient of minus the margin is minus the weight.
    step = -weight.sign() if norm == "linf" else -weight / weight.norm()
    np.testing.assert_allclose(pixels(d), 0.1 * pixels(step), atol=1e-12)
    agreement = float((d * step).sum() / (d.norm() * step.norm()))
    assert abs(agreement) < 4 / weight.numel() ** 0.5 * 3**0.5


def test_permuted_signs_keep_magnitudes_and_move_signs(weight, linear):
    settings = SsimBallControlConfig(gradient="permuted_signs")
    direction = run(settings, linear(weight)).certificate.gradient[0].double()
    torch.testing.assert_close(direction.abs(), weight.abs(), rtol=0, atol=0)
    np.testing.assert_array_equal(pixels(direction.sign()), pixels(-weight.sign()))
    moved = (direction.sign() != -weight.sign()).double().mean()
    assert float(moved) == pytest.approx(0.5, abs=0.05)


def test_signs_stay_in_place_where_magnitudes_are_equal_or_moved(weight, linear):
    alone = SsimBallControlConfig(gradient="sign_only")
    direction = run(alone, linear(weight)).certificate.gradient[0].double()
    # The gradient of minus the margin is minus the weight.
    signs = torch.where(weight > 0, -1.0, 1.0).numpy()
    np.testing.assert_array_equal(direction, -weight.sign().numpy())
    rolled = SsimBallControlConfig(gradient="rolled_magnitude")
    direction = run(rolled, linear(weight)).certificate.gradient[0].double()
    moved = np.roll(weight.abs().numpy(), (SHAPE[1] // 2, SHAPE[2] // 2), axis=(1, 2))
    np.testing.assert_array_equal(direction, signs * moved)


def test_random_direction_is_gaussian_and_independent_of_the_network(weight, linear):
    settings = SsimBallControlConfig()
    with PassCounter(linear(weight)) as passes:
        first = run(settings, linear(weight)).certificate.gradient
    assert (passes.forward, passes.backward) == (0, 0)
    assert torch.equal(first, run(settings, linear(-weight)).certificate.gradient)
    g = first.double().numpy().ravel()
    g, n = g / g.std(), g.size
    assert abs(g.mean()) < 4 / n**0.5
    assert (g**4).mean() == pytest.approx(3, abs=4 * (96 / n) ** 0.5)


def test_other_direction_is_the_other_images_gradient_for_its_label(picture, demo_classifier):
    images = torch.from_numpy(np.stack([picture(n, (3, 64, 64)) for n in (0, 6)]))
    labels = torch.tensor([3, 5])
    others = Batch(images.flip(0), labels.flip(0), ())
    settings = SsimBallControlConfig(gradient="other_image")
    certificate = run(settings, demo_classifier, images, labels, others).certificate
    for i, other in ((0, 1), (1, 0)):
        x = images[other : other + 1].clone().requires_grad_(True)
        logits = demo_classifier(x)[0]
        rivals = torch.arange(len(logits)) != labels[other]
        loss = logits[rivals].max() - logits[labels[other]]
        (gradient,) = torch.autograd.grad(loss, x)
        expected = gradient[0] / gradient.abs().max()
        torch.testing.assert_close(certificate.gradient[i].double(), expected, rtol=0, atol=1e-3)


@pytest.mark.parametrize("gradient", DIRECTIONS)
def test_control_reaches_its_certificate_and_reruns_start_from_it(gradient, weight, linear):
    settings, model = SsimBallControlConfig(gradient=gradient), linear(weight)
    result = run(settings, model, others=Batch(GREY, ZERO, ()))
    certificate = result.certificate
    direction = certificate.gradient.double()
    reached = float((direction * (result.adversarial - GREY)).sum())
    assert reached == pytest.approx(float(certificate.primal), rel=1e-9)
    assert reached <= float(certificate.dual) <= reached / (1 - settings.gap)
    fresh = run(settings.with_budget(0.002), model, others=Batch(GREY, ZERO, ())).certificate
    with PassCounter(model) as passes:
        rerun = result.rerun(0, settings.with_budget(0.002)).certificate
    assert (passes.forward, passes.backward) == (0, 0)
    assert torch.equal(rerun.gradient, fresh.gradient)
    assert float(rerun.primal) == pytest.approx(float(fresh.primal), rel=2 * settings.gap)
    assert float(rerun.primal) < 0.9 * float(certificate.primal)


@pytest.mark.parametrize("gradient", DIRECTIONS)
@pytest.mark.parametrize("mode", ["fixed_budget", "matched_quality"])
def test_stored_certificate_of_a_control_can_be_recomputed(
    gradient, mode, picture, demo_classifier
):
    levels = [np.round(255 * picture(n, (3, 64, 64))).astype(np.uint8) for n in (0, 6)]
    rgb, other = (np.ascontiguousarray(image.transpose(1, 2, 0)) for image in levels)
    subject = Subject("image", 0, rgb, other=Subject("other", 1, other))
    settings = SsimBallControlConfig(gradient=gradient)
    comparison = ComparisonConfig(mode=mode, mean_ssim=0.98)
    task = Task("a", load(settings.method), settings, demo_classifier, 0, comparison)
    [row] = driver.run(task, [subject], 1)
    inside, *found = recheck(torch.from_numpy(levels[0] / 255), settings, row)
    assert inside
    stored = [row["primal"], row["dual"], row["gap"]]
    assert found == pytest.approx(stored, rel=1e-9, abs=1e-9)
    assert row["gap"] <= settings.gap
    assert row["matched"] if mode == "matched_quality" else row["budget"] == settings.budget
