"""All attacks in the same tests."""

import copy
import io
from dataclasses import replace
from functools import cache

import numpy as np
import PIL.Image
import pytest
import torch

from ssimball.attacks import driver
from ssimball.attacks.ball_settings import ball_of, recheck
from ssimball.attacks.interface import Batch, fooled
from ssimball.attacks.registry import load
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.ball import BallSettings, SsimBallConfig, SsimBallConicConfig
from ssimball.config.attacks.controls import (
    CorruptionConfig,
    NoiseConfig,
    ShuffledStepConfig,
    SsimBallControlConfig,
)
from ssimball.config.attacks.gradient import BimConfig, FgsmConfig, MiFgsmConfig, PgdConfig
from ssimball.config.attacks.minimal import (
    CarliniWagnerConfig,
    DdnConfig,
    DeepFoolConfig,
    EadConfig,
    HotColdConfig,
)
from ssimball.config.attacks.perceptual import CarliniWagnerSsimConfig, SsimPgdConfig
from ssimball.config.attacks.registry import methods
from ssimball.config.attacks.sparse import OnePixelConfig, StrAttackConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.model import ModelConfig
from ssimball.models.classifier import load_classifier
from ssimball.models.logits import margin
from ssimball.ssim.index import mean_ssim
from ssimball.storage.images import to_8_bit
from ssimball.storage.status import has_stored_image

SETTINGS = {
    "fgsm": FgsmConfig(epsilon=0.03),
    "pgd linf": PgdConfig(epsilon=0.03, steps=5),
    "pgd l2": PgdConfig(norm="l2", epsilon=1.5, steps=5),
    "pgd l2, fixed start": PgdConfig(norm="l2", epsilon=1.5, steps=5, random_start=False),
    "bim": BimConfig(epsilon=0.03),
    "mi-fgsm": MiFgsmConfig(epsilon=0.03, steps=5),
    "mi-fgsm on the margin": MiFgsmConfig(epsilon=0.03, steps=5, loss="margin"),
    "deepfool": DeepFoolConfig(candidates=3),
    "ddn": DdnConfig(steps=10),
    "carlini & wagner": CarliniWagnerConfig(binary_search_steps=2, steps=6, initial_const=1.0),
    "ead": EadConfig(binary_search_steps=2, steps=6, initial_const=10.0),
    "hot/cold": HotColdConfig(),
    # Short steps: with long ones, a last bit decides the direction of the hinge loss.
    "structured": StrAttackConfig(
        alpha=100.0, steps=20, search_steps=1, initial_weight=5.0, confidence=1.0, refine_steps=3
    ),
    # Many pixels and few candidates, so that the changes are noise.
    "pixels": OnePixelConfig(pixels=1000, population=8, generations=4),
    "projected ascent under ssim": SsimPgdConfig(epsilon=0.02, steps=6),
    "carlini & wagner with ssim": CarliniWagnerSsimConfig(
        search_steps=2, steps=20, initial_constant=0.1
    ),
    "ssim ball": SsimBallConfig(epsilon=0.02),
    "ssim ball without cap": SsimBallConfig(epsilon=0.02, tau=None, loss="cross_entropy"),
    "Frank-Wolfe": SsimBallConfig(epsilon=0.02, steps=3, gap=1e-4),
    "ssim ball relinearised": SsimBallConfig(epsilon=0.02, relinearise=True),
    "safe and local ssim ball": SsimBallConfig(
        model="S", epsilon=0.02, epsilon_local=0.1, gap=1e-2
    ),
    "local ssim ball": SsimBallConfig(model="L", epsilon=0.05, gap=1e-2),
    "conic": SsimBallConicConfig(epsilon=0.02, solver="clarabel"),
}
#: Methods that always draw random numbers.
RANDOM = ("noise", "shuffled_step", "one_pixel")
CONTROLS = {
    "noise of random sign": NoiseConfig(epsilon=0.03),
    "gaussian noise": NoiseConfig(kind="gaussian", epsilon=0.03),
    "ssim ball, random gradient": SsimBallControlConfig(epsilon=0.02),
    "ssim ball, other gradient": SsimBallControlConfig(epsilon=0.02, gradient="other_image"),
    "ssim ball, permuted signs": SsimBallControlConfig(epsilon=0.02, gradient="permuted_signs"),
    "ssim ball, sign only": SsimBallControlConfig(epsilon=0.02, gradient="sign_only"),
    "ssim ball, rolled magnitude": SsimBallControlConfig(epsilon=0.02, gradient="rolled_magnitude"),
    "shuffled linf": ShuffledStepConfig(epsilon=0.03),
    "shuffled l2": ShuffledStepConfig(norm="l2", epsilon=1.5),
    "blur": CorruptionConfig(),
    "jpeg": CorruptionConfig(kind="jpeg"),
    "contrast": CorruptionConfig(kind="contrast"),
    "haze": CorruptionConfig(kind="haze"),
}
EVERY = {**SETTINGS, **CONTROLS}
TARGETED = {name: each for name, each in SETTINGS.items() if each.method != "deepfool"}
SEARCHING = {name: each for name, each in TARGETED.items() if each.budget_key is None}
BUDGETED = {name: each for name, each in TARGETED.items() if each.budget_key is not None}
ORDER = {"l1": 1, "l2": 2, "linf": float("inf")}


def for_each(table):
    return pytest.mark.parametrize("settings", table.values(), ids=table)


def test_table_covers_the_registry():
    assert {settings.method for settings in EVERY.values()} == set(methods())


@pytest.fixture(scope="module")
def attacked(batch, demo_classifier, run):
    """``attacked(settings)``: the result on the batch, computed once for all tests."""
    return cache(lambda settings: run(settings, demo_classifier, *batch))


@for_each(EVERY)
def test_result_is_an_image_within_the_budget(settings, batch, demo_classifier, attacked):
    images, labels = batch
    result = attacked(settings)
    adversarial = result.adversarial.double()
    assert adversarial.shape == images.shape
    assert float(adversarial.min()) >= 0
    assert float(adversarial.max()) <= 1
    d = adversarial - images
    succeeded = [failure is None for failure in result.failures] or [True] * 3
    assert (d.flatten(1).abs().amax(1) > 0).tolist() == succeeded
    if isinstance(settings, BallSettings):
        ball = ball_of(images, settings)
        if getattr(settings, "relinearise", False):
            ball = ball.linearised_at(d)
        assert bool(ball.contains(d, tolerance=1e-9).all())
    elif isinstance(settings, SsimPgdConfig):
        assert bool((mean_ssim(images, adversarial) >= settings.mean_ssim_floor).all())
    elif getattr(settings, "kind", None) == "gaussian":
        assert float(d.std()) == pytest.approx(settings.epsilon, rel=0.1)
    elif settings.budget_key == "epsilon" and settings.deficit_order == 2:
        norms = torch.linalg.vector_norm(d.flatten(1), ORDER[getattr(settings, "norm", "linf")], 1)
        assert bool((norms <= settings.epsilon * (1 + 1e-5)).all())
    elif settings.budget_key is None and result.failures:
        # An attack that seeks a smallest perturbation succeeds only with an image that fools.
        logits = demo_classifier(result.adversarial)
        assert fooled(logits, Batch(images, labels, [])).tolist() == succeeded


@for_each(SETTINGS)
def test_loss_of_the_true_class_goes_down(settings, batch, demo_classifier, attacked):
    images, labels = batch
    compared = (images, attacked(settings).adversarial)
    with torch.no_grad():
        before, after = (margin(demo_classifier(x), labels) for x in compared)
    # On average: FGSM can step too far on a single image.
    assert float(after.mean()) < float(before.mean()) - 0.5


@for_each(BUDGETED)
@pytest.mark.parametrize("rank", [0, 4], ids=["least likely", "middling"])
def test_margin_of_the_target_goes_up(settings, rank, batch, demo_classifier, run, attacked):
    """It rises more than under an untargeted attack."""
    images, labels = batch
    targets = demo_classifier(images).argsort(1)[:, rank]
    compared = [
        images,
        attacked(settings).adversarial,
        run(settings, demo_classifier, images, labels, targets=targets).adversarial,
    ]
    with torch.no_grad():
        before, away, towards = (
            float(margin(demo_classifier(x), targets).mean()) for x in compared
        )
    assert towards > max(before, away) + 0.5


@for_each(SEARCHING)
def test_target_is_reached_or_else_the_clean_image_comes_back(
    settings, batch, demo_classifier, run
):
    images, labels = batch
    successes = []
    # The most likely of the other classes, and the least likely of all.
    for rank in (-2, 0):
        targets = demo_classifier(images).argsort(1)[:, rank]
        result = run(settings, demo_classifier, images, labels, targets=targets)
        reached = demo_classifier(result.adversarial).argmax(1) == targets
        assert reached.tolist() == [failure is None for failure in result.failures]
        assert torch.equal(result.adversarial[~reached].double(), images[~reached])
        successes += reached.tolist()
    # A thousand pixels of a few candidates are noise, which reaches no target.
    assert any(successes) or isinstance(settings, OnePixelConfig)


class SmallNetwork(torch.nn.Module):
    """Two layers with random weights, in float64; in float32, rounding can switch a ReLU."""

    def __init__(self):
        super().__init__()
        generator = torch.Generator().manual_seed(0)
        shapes = ((8, 3, 5, 5), (10, 8, 3, 3))
        self.first, self.second = (
            torch.randn(shape, generator=generator, dtype=torch.float64) for shape in shapes
        )

    def forward(self, images):
        found = torch.relu(torch.conv2d(images.double() - 0.5, self.first, stride=3))
        return torch.conv2d(found, self.second, stride=2).mean((2, 3))


@pytest.fixture(scope="module")
def small_network():
    """For what holds with any network: it takes a fortieth of the classifier's time."""
    return SmallNetwork().eval()


@pytest.fixture(scope="module")
def small_batch(batch, small_network):
    """Crops of two scenes, with the classes that the small network predicts."""
    images = batch[0][:2, :, :32, :32].contiguous()
    return images, small_network(images).argmax(1)


@pytest.fixture(scope="module")
def attacked_small(small_batch, small_network, run):
    """``attacked_small(settings)``: the result on the small batch, computed once."""
    return cache(lambda settings: run(settings, small_network, *small_batch))


@for_each(EVERY)
def test_same_generators_give_the_same_result(
    settings, small_batch, small_network, run, attacked_small
):
    """Without random numbers, so do other generators."""
    first = attacked_small(settings).adversarial
    other = run(settings, small_network, *small_batch, seed=1).adversarial
    assert torch.equal(first, other) != is_random(settings)
    if is_random(settings):
        assert torch.equal(first, run(settings, small_network, *small_batch).adversarial)


def is_random(settings):
    if isinstance(settings, SsimBallControlConfig):
        return settings.gradient in ("random", "permuted_signs")
    if isinstance(settings, CorruptionConfig):
        return settings.kind == "haze"
    return getattr(settings, "random_start", settings.method in RANDOM)


@for_each(EVERY)
def test_result_does_not_depend_on_the_batch(
    settings, small_batch, small_network, run, attacked_small
):
    together = attacked_small(settings)
    images, labels = small_batch
    for i in range(2):
        single = images[i : i + 1], labels[i : i + 1]
        alone = run(settings, small_network, *single, first=i)
        pair = (to_8_bit(r[j]) for r, j in ((together.adversarial, i), (alone.adversarial, 0)))
        difference = np.abs(np.subtract(*pair, dtype=int))
        # The sign of a vanishing gradient may change.
        assert (difference > 0).sum() <= 5


@pytest.fixture(scope="module")
def exact_classifier(demo_classifier):
    """The classifier in float64; in float32, rounding can switch a ReLU and a whole gradient."""
    return copy.deepcopy(demo_classifier).double()


@pytest.mark.gpu
@for_each(EVERY)
def test_results_on_a_gpu_agree_with_the_cpu_and_repeat(
    settings, batch, exact_classifier, run, gpu
):
    images, labels = batch
    model = copy.deepcopy(exact_classifier).to(gpu)
    on_cpu = run(settings, exact_classifier, images, labels)
    on_gpu, rerun = (run(settings, model, images.to(gpu), labels.to(gpu)) for _ in range(2))
    assert torch.equal(on_gpu.adversarial, rerun.adversarial)
    assert on_gpu.failures == on_cpu.failures
    if on_cpu.certificate is None or settings.method == "ssim_ball_conic":
        for pair in zip(on_gpu.adversarial, on_cpu.adversarial, strict=True):
            assert (np.subtract(*map(to_8_bit, pair), dtype=int) != 0).sum() <= 5
        return
    # The solver on a GPU is another one, which stops elsewhere within the gap.
    assert on_gpu.certificate.stopped == on_cpu.certificate.stopped
    if getattr(settings, "steps", 1) == 1:
        primal, bound = on_gpu.certificate.primal.cpu(), on_cpu.certificate.dual
        assert bool((primal >= (1 - 2 * settings.gap) * bound).all())
    margins = [
        margin(exact_classifier(result.adversarial.cpu()), labels).detach()
        for result in (on_gpu, on_cpu)
    ]
    torch.testing.assert_close(*margins, atol=0.1, rtol=0.02)


@pytest.mark.gpu
@for_each(EVERY)
def test_row_from_a_gpu_describes_its_image_on_the_cpu(settings, batch, demo_classifier, gpu):
    images, labels = batch
    levels = (255 * images).round().byte().permute(0, 2, 3, 1).numpy()
    subjects = [Subject(f"image-{i}", int(labels[i]), levels[i]) for i in range(3)]
    subjects = [replace(each, other=subjects[i - 1]) for i, each in enumerate(subjects)]
    network, comparison = load_classifier(ModelConfig(), gpu), ComparisonConfig(mean_ssim=0.97)
    task = Task("a", load(settings.method), settings, network, 0, comparison, gpu)
    rows, rerun = (list(driver.run(task, subjects, 3)) for _ in range(2))
    for i, (row, same) in enumerate(zip(rows, rerun, strict=True)):
        assert row["adversarial_png"] == same["adversarial_png"]
        with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
            stored = torch.from_numpy(np.asarray(png).transpose(2, 0, 1) / 255)
        similarity = float(mean_ssim(images[i][None], stored[None]))
        assert row["mean_ssim"] == pytest.approx(similarity, abs=1e-9)
        expected = float(margin(demo_classifier(stored[None]), labels[i : i + 1]))
        assert row["margin"] == pytest.approx(expected, abs=1e-3)
        if "dual" in row and settings.method != "ssim_ball_conic":
            inside, *values = recheck(images[i], settings, row)
            assert inside
            assert values[:2] == pytest.approx([row["primal"], row["dual"]], rel=1e-9)


@for_each(EVERY)
def test_zero_gradient_gives_a_finite_result(settings, batch, linear, run):
    images, labels = batch
    model = linear(torch.zeros(images.shape[1:], dtype=torch.float64))
    result = run(settings, model, images, torch.zeros_like(labels))
    assert bool(result.adversarial.isfinite().all())
    if result.certificate is not None and not is_random(settings):
        assert torch.equal(result.adversarial, images)
        assert result.certificate.stopped == ["zero gradient"] * 3
    if settings.budget_key is None and result.failures:
        assert all(result.failures)
        assert torch.equal(result.adversarial, images)


@for_each(EVERY)
def test_misclassified_image_gives_a_valid_result(settings, small_batch, small_network, run):
    images, _ = small_batch
    result = run(settings, small_network, images, small_network(images).argmin(1))
    assert float(result.adversarial.min()) >= 0
    assert float(result.adversarial.max()) <= 1
    # One-pixel goes on until the label's probability is small, whether or not it is the largest.
    if settings.budget_key is None and result.failures and settings.method != "one_pixel":
        # The smallest perturbation that fools is none.
        assert float((result.adversarial - images).abs().max()) < 1e-4
        assert not any(result.failures)


@for_each(EVERY)
def test_row_describes_the_stored_image_and_a_failure_gives_a_row(settings, batch, demo_classifier):
    images, labels = batch
    rgb = (255 * images[0]).round().byte().permute(1, 2, 0).numpy()
    subject = Subject("a", int(labels[0]), rgb, 3.0, Subject("b", int(labels[1]), rgb[::-1].copy()))
    comparison = ComparisonConfig(mode="fixed_budget")
    task = Task("a", load(settings.method), settings, demo_classifier, 0, comparison)
    [row] = driver.run(task, [subject], 1)
    assert has_stored_image(row["status"])
    with PIL.Image.open(io.BytesIO(row["adversarial_png"])) as png:
        stored = torch.from_numpy(np.asarray(png).transpose(2, 0, 1) / 255)[None]
    logits = demo_classifier(stored)[0]
    assert row["predicted"] == int(logits.argmax())
    assert row["success"] == (row["predicted"] != subject.label)
    assert row["l2"] == pytest.approx(float((stored[0] - images[0]).norm()), abs=1e-9)
    uses_no_network = (
        settings.method in ("noise", "corruption") or getattr(settings, "gradient", "") == "random"
    )
    assert (row["forward_passes"] == 0) == uses_no_network
    task = Task("a", load(settings.method), settings, NanNetwork().eval(), 0, comparison)
    [row] = driver.run(task, [subject], 1)
    assert row["status"].startswith("failed: ")
    assert "not finite" in row["status"]


class NanNetwork(torch.nn.Module):
    """A network whose logits are NaN."""

    def forward(self, images):
        return images.flatten(1)[:, :10].float() * float("nan")
