"""Every attack through the same tests, and each against the known optimum of a linear model."""

import numpy as np
import pytest
import torch

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import Batch, loss_gradient, margin
from ssimball.attacks.registry import load
from ssimball.attacks.ssim_ball import _longest_step
from ssimball.ball import Ball
from ssimball.config.attacks import methods
from ssimball.config.ball_attacks import SsimBallConfig, SsimBallConicConfig, WindowConfig
from ssimball.config.gradient_attacks import FgsmConfig, PgdConfig
from ssimball.config.perceptual_attacks import CarliniWagnerSsimConfig, SsimPgdConfig
from ssimball.errors import AttackError
from ssimball.preprocessing import to_8_bit
from ssimball.solvers.first_order import maximise
from ssimball.ssim import mean_ssim

SETTINGS = {
    "fgsm": FgsmConfig(epsilon=0.03),
    "pgd linf": PgdConfig(epsilon=0.03, steps=5),
    "pgd l2": PgdConfig(norm="l2", epsilon=1.5, steps=5),
    "pgd l2, fixed start": PgdConfig(norm="l2", epsilon=1.5, steps=5, random_start=False),
    "ssim ball": SsimBallConfig(epsilon=0.02),
    "ssim ball without cap": SsimBallConfig(epsilon=0.02, tau=None, loss="cross_entropy"),
    "Frank-Wolfe": SsimBallConfig(epsilon=0.02, steps=3, gap=1e-4),
    "ssim ball frozen again": SsimBallConfig(epsilon=0.02, refreeze=True),
    "safe and local ssim ball": SsimBallConfig(
        model="S", epsilon=0.02, epsilon_local=0.1, gap=1e-2
    ),
    "local ssim ball": SsimBallConfig(model="L", epsilon=0.05, gap=1e-2),
    "conic": SsimBallConicConfig(epsilon=0.02, solver="clarabel"),
    "ssim pgd": SsimPgdConfig(epsilon=0.02, steps=5),
    "Carlini-Wagner with ssim": CarliniWagnerSsimConfig(
        initial_constant=1.0, search_steps=1, steps=20, learning_rate=0.1
    ),
}
# Class 0 is the linear model's positive side.
towards = pytest.mark.parametrize(
    "target", [None, 1, 0], ids=["untargeted", "target=1", "target=0"]
)
every_attack = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


def run(settings, model, images, labels, seed=0, targets=None):
    rng = [np.random.default_rng([seed, i]) for i in range(len(images))]
    return load(settings.method)(model, Batch(images, labels, rng, targets), settings)


def weight_of(shape):
    """float16 numbers with largest magnitude 1, so that the certificate stores them exactly."""
    weight = torch.from_numpy(np.random.default_rng(12345).uniform(-1, 1, shape)).half().double()
    weight[0, 0, 0] = 1.0
    return weight


@pytest.fixture(scope="module")
def batch(picture, demo_classifier):
    """Three scenes with the classes that the network sees in them."""
    images = torch.from_numpy(np.stack([picture(n, (3, 64, 64)) for n in (0, 6, 12)]))
    images = (255 * images).round() / 255
    return images, demo_classifier(images).argmax(1)


def test_table_covers_the_registry():
    assert {settings.method for settings in SETTINGS.values()} == set(methods())


@every_attack
def test_result_is_an_image_within_the_budget(settings, batch, demo_classifier):
    images, labels = batch
    result = run(settings, demo_classifier, images, labels)
    adversarial = result.adversarial.double()
    assert adversarial.shape == images.shape
    assert float(adversarial.min()) >= 0
    assert float(adversarial.max()) <= 1
    d = adversarial - images
    assert bool((d.flatten(1).abs().amax(1) > 0).all())
    if isinstance(settings, SsimBallConfig | SsimBallConicConfig):
        ball = ball_of(images, settings)
        if getattr(settings, "refreeze", False):
            ball = ball.frozen_at(d)
        assert bool(ball.contains(d, tolerance=1e-9).all())
    elif isinstance(settings, SsimPgdConfig):
        assert bool((mean_ssim(images, adversarial) >= settings.mean_ssim_floor).all())
    elif settings.budget_key is not None:
        order = 2 if getattr(settings, "norm", "linf") == "l2" else float("inf")
        norms = torch.linalg.vector_norm(d.flatten(1), order, 1)
        assert bool((norms <= settings.epsilon * (1 + 1e-5)).all())


@every_attack
def test_loss_of_the_true_class_goes_down(settings, batch, demo_classifier):
    images, labels = batch
    result = run(settings, demo_classifier, images, labels)
    with torch.no_grad():
        before, after = (margin(demo_classifier(x), labels) for x in (images, result.adversarial))
    # On average: FGSM can step too far on a single image.
    assert float(after.mean()) < float(before.mean()) - 0.5


@every_attack
@pytest.mark.parametrize("rank", [0, 4], ids=["least likely", "middling"])
def test_margin_of_the_target_goes_up(settings, rank, batch, demo_classifier):
    """And by more than an attack away from the label raises it."""
    images, labels = batch
    targets = demo_classifier(images).argsort(1)[:, rank]
    found = [
        images,
        run(settings, demo_classifier, images, labels).adversarial,
        run(settings, demo_classifier, images, labels, targets=targets).adversarial,
    ]
    with torch.no_grad():
        before, away, towards = (float(margin(demo_classifier(x), targets).mean()) for x in found)
    assert towards > max(before, away) + 0.5


@every_attack
def test_same_generators_give_the_same_result(settings, batch, demo_classifier):
    first, second = (run(settings, demo_classifier, *batch).adversarial for _ in range(2))
    assert torch.equal(first, second)
    other = run(settings, demo_classifier, *batch, seed=1).adversarial
    assert torch.equal(first, other) != getattr(settings, "random_start", False)


@every_attack
def test_result_does_not_depend_on_the_batch(settings, batch, demo_classifier):
    images, labels = batch
    together = run(settings, demo_classifier, images, labels)
    for i in range(len(images)):
        rng = [np.random.default_rng([0, i])]
        alone = load(settings.method)(
            demo_classifier, Batch(images[i : i + 1], labels[i : i + 1], rng), settings
        )
        pair = (to_8_bit(r[j]) for r, j in ((together.adversarial, i), (alone.adversarial, 0)))
        difference = np.abs(np.subtract(*pair, dtype=int))
        assert (difference > 0).sum() <= 0.002 * difference.size
        # The sign of a vanishing gradient may turn; all else agrees to a grey level.
        assert (difference > 1).sum() <= 5


def test_windows_that_leave_pixels_out_are_refused(batch, demo_classifier):
    window = WindowConfig(size=7, stride=4)  # 64 - 7 = 57 is no multiple of 4
    with pytest.raises(AttackError, match="a side of 64 pixels"):
        run(SsimBallConfig(window=window), demo_classifier, *batch)


@every_attack
def test_zero_gradient_is_survived(settings, batch, linear):
    images, labels = batch
    model = linear(torch.zeros(images.shape[1:], dtype=torch.float64))
    result = run(settings, model, images, torch.zeros_like(labels))
    assert bool(result.adversarial.isfinite().all())
    if result.certificate is not None:
        assert torch.equal(result.adversarial, images)
        assert result.certificate.stopped == ["zero gradient"] * 3


@pytest.mark.parametrize("loss", ["margin", "cross_entropy"])
def test_gradient_that_is_not_finite_is_an_attack_error(batch, loss, linear):
    images, labels = batch
    model = linear(torch.full(images.shape[1:], float("nan")))
    with pytest.raises(AttackError, match="not finite"):
        run(SsimBallConfig(loss=loss), model, images, torch.zeros_like(labels))


def margin_lost(linear, settings, weight, target=None):
    """On a grey image, where [0, 1] binds nowhere: the drop of the margin, and the result.

    With a target, its class is the target's opposite.
    """
    grey = torch.full((1, *weight.shape), 0.5, dtype=torch.float64)
    label, targets = (0, None) if target is None else (1 - target, torch.tensor([target]))
    result = run(settings, linear(weight), grey, torch.tensor([label]), targets=targets)
    return float(((grey - result.adversarial) * weight).sum()), result


@pytest.mark.parametrize(
    ("settings", "order"),
    [
        (FgsmConfig(epsilon=0.1), 1),
        (PgdConfig(epsilon=0.1), 1),
        (PgdConfig(epsilon=0.1, random_start=False), 1),
        (PgdConfig(norm="l2", epsilon=2.0, steps=40), 2),
        (PgdConfig(norm="l2", epsilon=2.0, random_start=False), 2),
    ],
)
@towards
def test_norm_balls_reach_the_dual_norm_of_a_linear_model(settings, order, target, linear):
    # Small, so that the cross-entropy keeps a gradient in float32.
    weight = weight_of((3, 16, 16)) / 16
    lost, _ = margin_lost(linear, settings, weight, target)
    optimum = settings.epsilon * float(torch.linalg.vector_norm(weight.flatten(), order))
    assert lost == pytest.approx(-optimum if target == 0 else optimum, rel=1e-3)


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("tau", [None, 8 / 255])
@towards
def test_ssim_ball_gets_from_a_linear_model_what_its_certificate_says(steps, tau, target, linear):
    """More steps find the same optimum again and again."""
    weight = weight_of((3, 16, 16))
    lost, result = margin_lost(linear, SsimBallConfig(tau=tau, steps=steps), weight, target)
    lost = -lost if target == 0 else lost
    certificate = result.certificate
    assert certificate is not None
    assert lost == pytest.approx(float(certificate.primal), rel=1e-6)
    assert float(certificate.primal) <= lost * (1 + 1e-9) <= float(certificate.dual) * (1 + 1e-9)
    assert float(certificate.gap) <= 1e-3


def test_frank_wolfe_never_steps_downhill_and_keeps_its_gaps(batch, demo_classifier):
    images, labels = batch
    lost = []
    for steps in (2, 3, 4):
        settings = SsimBallConfig(epsilon=0.002, steps=steps)
        result = run(settings, demo_classifier, images, labels)
        with torch.no_grad():
            lost.append(-margin(demo_classifier(result.adversarial), labels))
    assert bool((lost[0] <= lost[1]).all() and (lost[1] <= lost[2]).all())
    gaps = torch.tensor([columns["step_gaps"] for columns in result.columns], dtype=torch.float64)
    assert gaps.shape == (len(images), 4)
    gradient = loss_gradient(demo_classifier, images, labels, "margin")
    found = maximise(Ball.around(images, 0.002, 8 / 255), gradient)
    first = (gradient * found.perturbation).flatten(1).sum(1)
    torch.testing.assert_close(gaps[:, 0], first)
    # The maximiser gains at least as much as the iterate, up to the gap of the oracle.
    assert bool((gaps >= -2e-3 * first[:, None]).all())


def test_a_step_that_overshoots_is_halved():
    """Along one axis the loss is a parabola with its top at 0.2 of the way."""

    def parabola(x):
        return -((x.flatten(1).sum(1) - 0.2) ** 2)

    x, direction = torch.zeros(1, 1, 1, 1), torch.ones(1, 1, 1, 1)
    slope = torch.tensor([0.4])
    step = _longest_step(parabola, x, direction, slope)
    # Gain of a step s: 0.4 s - s²; enough when it is at least 0.04 s, so for s <= 0.36.
    assert step.item() == 0.25
    uphill = _longest_step(parabola, x, -direction, slope)
    assert uphill.item() == 0


def test_frank_wolfe_gets_further_than_one_step(batch, demo_classifier):
    images, labels = batch
    one, five = (
        run(SsimBallConfig(epsilon=0.002, steps=steps), demo_classifier, images, labels)
        for steps in (1, 5)
    )
    with torch.no_grad():
        after_one, after_five = (
            margin(demo_classifier(r.adversarial), labels).mean() for r in (one, five)
        )
    assert float(after_five) < float(after_one)
    assert bool((five.certificate.iterations > one.certificate.iterations).all())


def test_margin_is_the_logit_less_the_largest_other():
    logits = torch.tensor([[1.0, 5.0, 3.0], [1.0, 5.0, 3.0], [-1.0, -5.0, -3.0]])
    assert margin(logits, torch.tensor([1, 2, 0])).tolist() == [2.0, -2.0, 2.0]
