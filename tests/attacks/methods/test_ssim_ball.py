"""The attack in the SSIM ball: its certificate, Frank-Wolfe steps and line search."""

from types import SimpleNamespace

import pytest
import torch

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import loss_gradient
from ssimball.attacks.methods.ssim_ball import OPTIMISM, _line_search
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.ball import SsimBallConfig, WindowConfig
from ssimball.errors import AttackError
from ssimball.models.logits import margin
from ssimball.models.pass_counter import PassCounter
from ssimball.storage.contracts.attacks import STEP_GAP


def test_windows_that_do_not_cover_the_image_are_an_error(batch, demo_classifier, run):
    window = WindowConfig(size=7, stride=4)  # 40 - 7 = 33 is no multiple of 4
    with pytest.raises(AttackError, match="a side of 40 pixels"):
        run(SsimBallConfig(window=window, boundary="valid"), demo_classifier, *batch)


@pytest.mark.parametrize("loss", ["margin", "cross_entropy"])
def test_gradient_that_is_not_finite_is_an_attack_error(batch, loss, linear, run):
    images, labels = batch
    model = linear(torch.full(images.shape[1:], float("nan")))
    with pytest.raises(AttackError, match="not finite"):
        run(SsimBallConfig(loss=loss), model, images, torch.zeros_like(labels))


@pytest.mark.parametrize("steps", [1, 4])
@pytest.mark.parametrize("tau", [None, 8 / 255])
@pytest.mark.parametrize("target", [None, 1, 0], ids=["untargeted", "target=1", "target=0"])
def test_gain_on_a_linear_model_is_that_of_the_certificate(steps, tau, target, weight, on_grey):
    """Further steps find the same optimum."""
    change, result = on_grey(SsimBallConfig(tau=tau, steps=steps), weight, target)
    lost = float((change * weight).sum()) * (1 if target == 0 else -1)
    certificate = result.certificate
    assert certificate is not None
    assert lost == pytest.approx(float(certificate.primal), rel=1e-6)
    assert float(certificate.primal) <= lost * (1 + 1e-9) <= float(certificate.dual) * (1 + 1e-9)
    assert float(certificate.gap) <= 1e-3


def test_frank_wolfe_never_decreases_the_loss_and_returns_its_gaps(batch, demo_classifier, run):
    images, labels = batch
    lost = []
    for steps in (2, 3, 4):
        settings = SsimBallConfig(epsilon=0.002, steps=steps)
        result = run(settings, demo_classifier, images, labels)
        with torch.no_grad():
            lost.append(-margin(demo_classifier(result.adversarial), labels))
    assert bool((lost[0] <= lost[1]).all() and (lost[1] <= lost[2]).all())
    gaps = result.step_gaps
    assert gaps.shape == (len(images), 4)
    gradient = loss_gradient(demo_classifier, images, labels, "margin")
    found = BallSolver(ball_of(images, settings)).maximise(gradient, gap=STEP_GAP)
    first = (gradient * found.perturbation).flatten(1).sum(1)
    torch.testing.assert_close(gaps[:, 0], first)
    # The maximiser gains at least as much as the iterate, up to the gap of the subproblem.
    assert bool((gaps >= -2 * STEP_GAP * first[:, None]).all())


@pytest.mark.parametrize("steps", [1, 3])
def test_final_perturbation_is_compared_with_the_bound_for_the_clean_gradient(
    steps, weight, on_grey, batch, demo_classifier, run
):
    """On a linear model all gradients are one, so the iterate is the best there up to the gap."""
    _, result = on_grey(SsimBallConfig(steps=steps), weight)
    first, last = result.first, result.certificate
    assert float(last.primal) == pytest.approx(float(first.value), rel=1e-3)
    assert float(first.value) <= float(first.certificate.dual) * (1 + 1e-3)
    assert float(last.dual) >= float(first.certificate.primal)
    settings = SsimBallConfig(epsilon=0.002, steps=steps)
    result = run(settings, demo_classifier, *batch)
    first, change = result.first, result.adversarial - batch[0]
    gradient = loss_gradient(demo_classifier, *batch, "margin").double()
    found = (gradient * change).flatten(1).sum(1) / first.largest
    torch.testing.assert_close(found, first.value, rtol=2e-3, atol=1e-6)
    # No perturbation of the ball exceeds the bound: not the best one either.
    best = BallSolver(ball_of(batch[0], settings)).maximise(gradient, gap=1e-4)
    assert bool((best.primal <= first.certificate.dual).all())
    assert bool((first.value <= best.dual * (1 + 1e-3)).all())


@pytest.mark.parametrize(
    ("settings", "model"),
    [
        ({}, "Q"),
        ({"model": "S", "steps": 2}, "S"),
        ({"model": "L"}, "L"),
        ({"epsilon_local": 0.1, "boundary": "valid"}, "Q and L"),
        ({"relinearise": True}, "Q relinearised"),
        ({"relinearise": True, "epsilon_local": 0.1}, "Q relinearised and L"),
    ],
)
def test_a_certificate_says_what_it_covers(settings, model, weight, on_grey):
    settings = SsimBallConfig(**settings)
    scope = on_grey(settings, weight)[1].image(0).certificate.scope
    assert (scope.model, scope.boundary) == (model, settings.boundary)
    assert (scope.step, scope.steps) == (settings.steps, settings.steps)


def test_line_search_finds_the_maximum_of_a_parabola_and_never_decreases_the_loss():
    """Along the direction, the loss is a parabola with its maximum at a length of 0.2."""

    class Parabola:
        def at(self, d, is_last=False):
            return SimpleNamespace(perturbation=d, values=-((d.flatten(1).sum(1) - 0.2) ** 2))

    start, direction = Parabola().at(torch.zeros(2, 1, 1, 1)), torch.ones(2, 1, 1, 1)
    slope, unknown = torch.full((2,), 0.4), torch.zeros(2)
    # Without a curvature the full length is tried, which shows the curvature of 2. The next search
    # starts from it.
    point, curvature = _line_search(Parabola(), start, direction, unknown, slope)
    torch.testing.assert_close(point.perturbation.flatten(), torch.full((2,), 0.2))
    torch.testing.assert_close(curvature, torch.full((2,), 2.0))
    point, _ = _line_search(Parabola(), start, direction, curvature, slope)
    torch.testing.assert_close(point.perturbation.flatten(), torch.full((2,), OPTIMISM * 0.2))
    # The loss falls in this direction: first with a wrong slope, then with the right one.
    for wrong in (slope, -slope):
        point, _ = _line_search(Parabola(), start, -direction, unknown, wrong)
        assert point.perturbation.flatten().tolist() == [0, 0]


def test_frank_wolfe_step_costs_one_gradient_and_about_one_pass(batch, demo_classifier, run):
    images, labels = batch
    settings = SsimBallConfig(epsilon=1e-3, steps=8)
    with PassCounter(demo_classifier) as passes:
        run(settings, demo_classifier, images[:1], labels[:1])
    assert passes.backward == 8
    assert 9 <= passes.forward <= 9 + 4


def test_frank_wolfe_reaches_a_larger_loss_than_one_step(batch, demo_classifier, run):
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
