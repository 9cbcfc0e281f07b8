"""The search for the smallest budget, compared with a grid of budgets tried one by one."""

import io
import math

import numpy as np
import PIL.Image
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from ssimball.attacks import driver
from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.linear_radius import has_linear_radius
from ssimball.attacks.registry import load
from ssimball.attacks.smallest_budget import DESCENT, Trial, search, summarise
from ssimball.attacks.task import Subject, Task
from ssimball.ball.certificate import Proof, bounds
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.smallest_radius import WIDTH
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.controls import SsimBallControlConfig
from ssimball.config.attacks.gradient import PgdConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.storage.images import to_tensor

SHAPE = (3, 32, 32)
LARGEST = 0.05


@given(st.lists(st.booleans(), min_size=51, max_size=51), st.integers(1, 50))
def test_summary_is_right_whichever_trials_succeed(outcomes, steps):
    upcoming, starts = iter(outcomes), []

    def attempt(radius, larger):
        starts.append((radius, larger))
        return Trial(radius, next(upcoming), None)

    trials = search(attempt, 0.01, steps)
    assert [trial.success for trial in trials] == outcomes[: len(trials)]
    assert len(trials) == 1 + steps
    summary = summarise(trials)
    budgets, successes = summary.trial_budgets, summary.trial_successes
    reached = [r for r, success in zip(budgets, successes, strict=True) if success]
    assert summary.smallest_budget == (min(reached) if reached else None)
    lower = [
        r for r, s in zip(budgets, successes, strict=True) if not s and r < min(reached or [0])
    ]
    assert summary.budget_below == max(lower, default=None)
    for number, (radius, larger) in enumerate(starts):
        solved = [trial for trial in trials[:number] if trial.budget > radius]
        assert larger == min(solved, key=lambda trial: trial.budget, default=None)


@given(st.floats(1e-12, 0.0099))
def test_bisection_encloses_a_threshold(threshold):
    trials = search(lambda r, _: Trial(r, r >= threshold, None), 0.01, 20)
    summary = summarise(trials)
    assert summary.budget_below < threshold <= summary.smallest_budget
    # Descents end with the first failure; the remaining trials halve the interval of logarithms.
    descents = math.floor(math.log(0.01 / threshold, DESCENT) + 1e-9) + 1
    left = math.log(DESCENT) / 2 ** (20 - descents)
    assert math.log(summary.smallest_budget / summary.budget_below) == pytest.approx(left, rel=1e-6)


@pytest.fixture(scope="module")
def subjects(picture):
    levels = [np.round(255 * picture(n, SHAPE)).astype(np.uint8) for n in (0, 6, 12)]
    images = [np.ascontiguousarray(rgb.transpose(1, 2, 0)) for rgb in levels]
    return [Subject(f"image-{n}", 0, rgb) for n, rgb in enumerate(images)]


def decoded(row):
    """Return the stored image, float (3, H, W) in [0, 1]."""
    with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
        return np.asarray(png).transpose(2, 0, 1) / 255


class Edge(torch.nn.Module):
    """A linear model: class 0 with margin 1 on one image, falling in one direction."""

    def __init__(self, rgb, size):
        super().__init__()
        noise = np.random.default_rng(5).standard_normal((3, 4, 4)).repeat(8, 1).repeat(8, 2)
        self.weight = size * noise
        self.clean = rgb.transpose(2, 0, 1) / 255
        self.eval()

    def margin(self, image):
        return 1 + ((image - self.clean) * self.weight).sum()

    def forward(self, images):
        moved = (images - torch.from_numpy(self.clean)) * torch.from_numpy(self.weight)
        margin = 1 + moved.flatten(1).sum(1)
        return torch.stack([margin, torch.zeros_like(margin)], 1)


SMALLEST = ComparisonConfig(mode="matched_outcome")
FIXED = ComparisonConfig(mode="fixed_budget")


def ball(**settings):
    return SsimBallConfig(**{"epsilon": LARGEST, "tau": None, "gap": 1e-4, **settings})


def attacked(model, subjects, settings, comparison=SMALLEST, device="cpu"):
    task = Task("a", load(settings.method), settings, model, 0, comparison, device)
    return list(driver.run(task, subjects, 8))


def test_smallest_budget_is_the_first_success_of_a_fine_grid(subjects, reference_ssim):
    for subject in subjects[:2]:
        model = Edge(subject.rgb, 0.01)
        [row] = attacked(model, [subject], ball())
        assert row["status"] == "attacked"
        assert (
            row["smallest_budget"] / 1.01
            < row["budget_below"]
            < row["smallest_budget"]
            < LARGEST / 2
        )
        # Each budget of the grid, judged by the margin of its own stored image.
        grid = row["smallest_budget"] * 1.01 ** np.arange(-41, 42, 2)
        fooled = [
            model.margin(decoded(stored)) < 0
            for radius in grid
            for stored in attacked(model, [subject], ball(epsilon=radius), FIXED)
        ]
        assert grid[fooled.index(True)] == grid[grid > row["smallest_budget"]][0]
        # The stored image is that of the smallest radius.
        assert row["success"]
        assert model.margin(decoded(row)) < 0
        similarity = reference_ssim(model.clean, decoded(row)).mean()
        assert row["mean_ssim"] == pytest.approx(similarity, abs=1e-10)
        assert 1 - row["smallest_budget"] <= similarity < 1 - row["smallest_budget"] / 2


def test_gradient_of_the_clean_image_is_taken_once(subjects):
    model, gradients = Edge(subjects[0].rgb, 0.01), []
    model.register_forward_hook(lambda *_: gradients.append(torch.is_grad_enabled()))
    [row] = attacked(model, subjects[:1], ball())
    assert sum(gradients) == 1
    assert len(row["trial_budgets"]) == 11
    # One pass for the image of each trial. The stored image is one of them.
    assert len(gradients) == 1 + 11


def test_smallest_budget_of_pgd_is_that_of_a_linear_model(subjects):
    """Sign and gradient steps cross the boundary at 1 over the dual norm of the weight."""
    model = Edge(subjects[1].rgb, 0.02)
    weight = model.weight.ravel()
    for norm, dual in (("linf", np.abs(weight).sum()), ("l2", np.linalg.norm(weight))):
        settings = PgdConfig(norm=norm, epsilon=60 / dual, steps=1, relative_step_size=1.0)
        settings = settings.model_copy(update={"random_start": False})
        [row] = attacked(model, subjects[1:2], settings)
        assert row["success"]
        assert model.margin(decoded(row)) < 0
        # Rounding changes each value by half a level at most.
        rounding = np.abs(weight).sum() / 510 / dual
        assert row["smallest_budget"] == pytest.approx(1 / dual, abs=rounding)
        assert row["backward_passes"] == len(row["trial_budgets"])


def test_stored_certificate_is_that_of_the_smallest_radius(subjects):
    [row] = attacked(Edge(subjects[0].rgb, 0.01), subjects[:1], ball())
    settings = ball(epsilon=row["smallest_budget"])
    [alone] = attacked(Edge(subjects[0].rgb, 0.01), subjects[:1], settings, FIXED)
    clean = torch.from_numpy(subjects[0].rgb.transpose(2, 0, 1) / 255)[None]
    around = ball_of(clean, settings)
    gradient, d = (torch.from_numpy(row[key])[None] for key in ("gradient", "perturbation"))
    nu = torch.tensor([row["multiplier"]], dtype=torch.float64)
    found = [float(value) for value in bounds(around, gradient, d, Proof(nu))]
    stored = [row["primal"], row["dual"], row["gap"]]
    assert found == pytest.approx(stored, rel=1e-9, abs=1e-9)
    assert bool(around.contains(d.double()))
    assert row["gap"] <= 1e-4
    # The same optimum, reached from another start.
    assert row["primal"] == pytest.approx(alone["primal"], rel=2e-4)


def test_no_smallest_budget_if_no_budget_succeeds(subjects):
    unmoved, still = (Edge(subjects[0].rgb, size) for size in (1e-4, 0))
    for model, stopped in ((unmoved, "gap"), (still, "zero gradient")):
        [row] = attacked(model, subjects[:1], ball())
        [largest] = attacked(model, subjects[:1], ball(), FIXED)
        assert (row["status"], row["stopped"], row["success"]) == ("attacked", stopped, False)
        assert row["smallest_budget"] is row["budget_below"] is None
        assert row["trial_budgets"] == [LARGEST / 4**i for i in range(11)]
        assert row["trial_successes"] == [False] * 11
        assert row["adversarial_png"] == largest["adversarial_png"]


@pytest.mark.parametrize("steps", [1, 3])
@pytest.mark.parametrize("target", [None, 6, "least_likely"])
def test_network_is_fooled_at_the_radius_whatever_the_batch(steps, target, scene, demo_classifier):
    images = [np.ascontiguousarray(scene[i : i + 64, i : i + 64]) for i in (0, 150)]
    labels = [int(demo_classifier(to_tensor(rgb)[None]).argmax()) for rgb in images]
    subjects = [Subject(f"{n}", *pair) for n, pair in enumerate(zip(labels, images, strict=True))]
    comparison = ComparisonConfig(mode="matched_outcome", search_steps=5)
    settings = ball(steps=steps, target=target, epsilon=0.1, gap=1e-2)
    together = attacked(demo_classifier, subjects, settings, comparison, "cpu:0")
    for subject, row in zip(subjects, together, strict=True):
        [alone] = attacked(demo_classifier, [subject], settings, comparison)
        assert alone["trial_successes"] == row["trial_successes"]
        # Gradients of a batch differ in their last bits.
        np.testing.assert_allclose(alone["trial_budgets"], row["trial_budgets"], rtol=1e-12)
        clean = subject.rgb.transpose(2, 0, 1) / 255
        difference = np.linalg.norm(decoded(alone) - decoded(row))
        assert difference <= 0.1 * np.linalg.norm(decoded(row) - clean)
    if target != "least_likely":  # may be out of reach
        assert any(row["success"] for row in together)
    for row in together:
        logits = demo_classifier(torch.from_numpy(decoded(row))[None])[0]
        predicted = int(logits.argmax())
        target_class = row["target"]
        fooled = predicted != row["label"] if target_class is None else predicted == target_class
        assert row["success"] == fooled == (row["smallest_budget"] is not None)
        assert row["mean_ssim"] >= 1 - (row["smallest_budget"] or 0.1)
        assert len(row["trial_budgets"]) == 6
        assert len(row["step_gaps"]) == steps


@pytest.mark.parametrize(("number", "tau", "steps"), [(0, None, 1), (1, None, 1), (0, 16 / 255, 3)])
def test_smallest_budget_of_a_linear_model_is_its_linear_radius(subjects, number, tau, steps):
    """On these images SSIM does not make the attack scale its perturbation down."""
    chosen = subjects[number]
    model = Edge(chosen.rgb, 0.01)
    [row] = attacked(model, [chosen], ball(steps=steps, tau=tau))
    lower, upper = row["linear_epsilon_lower"], row["linear_epsilon_upper"]
    assert row["linear_margin"] == pytest.approx(1 / np.abs(model.weight).max(), rel=1e-6)
    assert 0 < lower < upper <= lower * (1 + WIDTH)
    # The search stops within 0.8 % of its smallest success; the rest is rounding to 8 bits.
    assert row["scale"] == 1
    assert row["budget_below"] / 1.005 < upper and lower < row["smallest_budget"] < upper * 1.02
    # The best perturbation at a radius in the bracket turns the margin of the model.
    around = ball_of(to_tensor(chosen.rgb)[None], ball(epsilon=upper, tau=tau))
    found = BallSolver(around).maximise(-torch.from_numpy(model.weight)[None], gap=1e-5)
    margin = model.margin(model.clean + found.perturbation[0].double().numpy())
    assert margin == pytest.approx(0.0, abs=WIDTH)


@pytest.mark.parametrize(
    "settings",
    [
        ball(loss="cross_entropy"),
        ball(model="S"),
        ball(relinearise=True),
        ball(epsilon_local=0.5),
        ball(target=1),
        SsimBallControlConfig(epsilon=LARGEST),
    ],
    ids=["loss", "S", "relinearised", "local", "target", "control"],
)
def test_only_untargeted_steps_in_model_q_have_a_linear_radius(settings):
    assert has_linear_radius(ball(steps=3)) and not has_linear_radius(settings)


def test_a_margin_beyond_the_box_has_no_linear_radius(subjects):
    [row] = attacked(Edge(subjects[0].rgb, 1e-4), subjects[:1], ball(tau=1 / 255))
    assert row["linear_margin"] > 0
    assert row["linear_epsilon_lower"] is row["linear_epsilon_upper"] is None
    for model, comparison in (
        (Edge(subjects[0].rgb, 0), SMALLEST),
        (Edge(subjects[0].rgb, 1), FIXED),
    ):
        [row] = attacked(model, subjects[:1], ball(), comparison)
        assert row["status"] == "attacked" and "linear_margin" not in row
