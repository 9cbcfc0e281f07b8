"""One call attacks any network: a known optimum, SSIM by scikit-image, and every kind of input."""

import copy
import warnings

import numpy as np
import pytest
import torch
from torch import nn

import ssimball
from ssimball.api.inputs import read_images
from ssimball.api.options import BallOptions, WindowOptions, option_names
from ssimball.config.attacks.ball import SsimBallConfig, WindowConfig


@pytest.fixture
def labels(network, images):
    return network(images).argmax(1)


def test_linear_network_inside_the_ball(linear, dense_ball, picture):
    # Without the box, max <A p, d> where d'Ad <= R has the solution d = sqrt(R / p'Ap) p.
    clean = np.round(255 * (0.3 + 0.4 * picture(0, (1, 20, 24)))) / 255
    p = np.random.default_rng(3).standard_normal(clean.shape)
    A, windows = dense_ball(clean[0], "reflect")
    weight = (A @ p.ravel()).reshape(clean.shape)
    best = -np.sqrt(0.01 * windows / (weight * p).sum()) * p
    assert ((clean + best > 0) & (clean + best < 1)).all()
    model = linear(torch.from_numpy(weight))
    result = ssimball.attack(model, clean, 0, ssim=0.99, tau=None, gap=1e-5)
    # The certificate holds the gradient in half precision, over its largest magnitude.
    reached = float(result.certificate.primal) * np.abs(weight).max()
    assert reached == pytest.approx(-(weight * best).sum(), rel=2e-3)
    expected = result.scale * best
    assert np.abs(result.perturbation - expected).max() < 0.5 / 255 + 0.03 * np.abs(best).max()


@pytest.mark.parametrize("steps", [1, 3])
def test_linear_network_at_the_corner_of_the_box(linear, steps):
    weight = torch.from_numpy(np.random.default_rng(4).standard_normal((3, 16, 16)))
    clean = torch.full((1, 3, 16, 16), 128 / 255, dtype=torch.float64)
    attack = ssimball.SSIMBall(epsilon=0.9, tau=3 / 255, steps=steps)
    adversarial = attack(linear(weight), clean, [0])
    assert torch.equal((255 * adversarial).round()[0], 128 - 3 * weight.sign())


@pytest.mark.parametrize("ssim", [0.9, 0.99, 0.999])
@pytest.mark.parametrize("channels", [1, 3])
@pytest.mark.parametrize("is_8_bit", [True, False])
def test_scikit_image_finds_the_promised_ssim(
    make_network, picture, reference_ssim, ssim, channels, is_8_bit
):
    clean = np.stack([picture(number, (channels, 26, 33)) for number in (0, 1, 3, 4)])
    clean = np.round(255 * clean) / 255 if is_8_bit else 0.02 + 0.96 * clean
    network = make_network(channels)
    labels = network(torch.from_numpy(clean).float()).argmax(1).numpy()
    result = ssimball.attack(network, clean, labels, ssim=ssim, tau=None)
    assert result.levels.dtype == np.uint8
    for x, levels, image, reported in zip(
        clean, result.levels, result.images, result.ssim, strict=True
    ):
        found = reference_ssim(x, levels / 255).mean()
        assert found == pytest.approx(reported, abs=1e-12)
        assert found >= ssim
        assert np.array_equal(image, levels / 255)
    assert (result.scale < 1).any()
    assert result.ssim_map.shape == (4, 16, 23)
    assert result.ssim_map.mean((1, 2)) == pytest.approx(result.ssim, abs=1e-12)


def test_bracket_holds_for_points_of_the_true_ball(network, images, labels):
    options = {"ssim": 0.98, "tau": 4 / 255, "model": "S"}
    result = ssimball.attack(network, images, labels, **options, bracket=True)
    # Every point of model S lies in the true ball.
    assert bool((result.certificate.primal <= result.bracket.upper).all())
    assert bool((result.bracket.lower <= result.bracket.upper).all())
    assert bool((result.bracket.ratio > 0.9).all())
    without = ssimball.attack(network, images, labels, **options)
    assert without.bracket is None
    assert torch.equal(without.images, result.images)


def test_rounding_that_breaks_the_bound_is_refused(network):
    dark = np.full((3, 16, 16), 0.5 / 255)
    with pytest.raises(ssimball.InputError, match="rounding image 0 to 8 bits alone"):
        ssimball.attack(network, dark, 0, ssim=0.999)


def test_success_and_predictions_are_of_the_returned_images(network, images, labels):
    result = ssimball.attack(network, images, labels, ssim=0.6, tau=0.2, steps=4)
    predicted = network(result.images).argmax(1)
    assert torch.equal(result.predictions, predicted)
    assert torch.equal(result.clean_predictions, labels)
    assert torch.equal(result.success, predicted != labels)
    assert bool(result.success.any())
    assert f"{int(result.success.sum())} of 3 images" in repr(result)


def test_targets_raise_the_margin_of_the_target(network, images, labels):
    targets = (labels + 1) % 4
    adversarial = ssimball.SSIMBall(epsilon=0.1)(network, images, labels, targets)
    before, after = (network(x).gather(1, targets[:, None]) for x in (images, adversarial))
    assert bool((after > before).all())


def test_without_labels_the_predicted_ones_or_the_targets_count(network, images, labels):
    expected = ssimball.attack(network, images, labels)
    found = ssimball.attack(network, images)
    assert torch.equal(found.images, expected.images)
    assert (found.forward_passes, found.gradients) == (expected.forward_passes + 1, 1)
    targets = (labels + 1) % 4
    expected = ssimball.attack(network, images, labels, targets)
    found = ssimball.attack(network, images, targets=targets)
    assert torch.equal(found.images, expected.images)
    assert torch.equal(found.success, expected.success)
    # Without labels, an image that already is of its target may be attacked.
    assert bool(ssimball.attack(network, images, targets=labels).success.all())


class Budgeted(nn.Module):
    """Counts images as they pass, both ways; beyond a budget of passes it has no gradient."""

    def __init__(self, model, budget):
        super().__init__()
        self.model, self.budget, self.forth, self.back = model, budget, 0, 0

    def forward(self, x):
        self.forth += len(x)
        if self.forth > self.budget:
            return 0 * x.flatten(1)[:, :4]
        logits = self.model(x)
        if logits.requires_grad:
            logits.register_hook(self._count)
        return logits

    def _count(self, gradient):
        self.back += len(gradient)


@pytest.mark.parametrize("steps", [1, 4])
def test_passes_are_counted_per_image(network, images, labels, steps):
    counted = Budgeted(network, 10**6)
    result = ssimball.attack(counted, images, labels, ssim=0.9, steps=steps)
    assert (counted.forth, counted.back) == (3 * result.forward_passes, 3 * result.gradients)
    assert result.gradients == steps
    assert result.forward_passes > steps


def test_a_budget_of_queries_that_ends_is_no_error(network, images, labels):
    result = ssimball.attack(Budgeted(network, 6), images, labels, ssim=0.9, steps=6)
    assert not torch.equal(result.images, images)
    assert bool((result.ssim >= 0.9).all())


def test_numpy_and_torch_and_single_images_agree(network, images, labels):
    together = ssimball.attack(network, images, labels, steps=2)
    as_array = ssimball.attack(network, images.numpy(), labels.tolist(), steps=2)
    assert isinstance(as_array.images, np.ndarray)
    assert as_array.images.dtype == np.float32
    assert np.array_equal(as_array.images, together.images.numpy())
    assert isinstance(as_array.success, np.ndarray)
    single = ssimball.attack(network, images[1], labels[1], steps=2)
    assert single.images.shape == images[1].shape
    assert single.success.shape == single.ssim.shape == ()
    assert torch.equal(single.images, together.images[1])
    assert torch.equal(single.perturbation, together.perturbation[1])


@pytest.mark.parametrize("dtype", [torch.float16, torch.bfloat16, torch.float64])
def test_the_network_sees_its_own_type(network, images, labels, dtype):
    seen = set()
    model = copy.deepcopy(network).to(dtype)
    model.register_forward_pre_hook(lambda _, inputs: seen.add(inputs[0].dtype))
    mixed = ssimball.attack(model, images, labels)
    assert seen == {dtype}
    assert mixed.images.dtype == torch.float32
    exact = ssimball.attack(network, images, labels)
    assert float((mixed.images - exact.images).abs().mean()) < 0.5 / 255
    assert bool((mixed.ssim >= 0.99).all())
    own = ssimball.attack(model, images.to(dtype), labels)
    assert own.images.dtype == dtype
    # Every one of these types tells the 256 levels apart.
    assert torch.equal((255 * own.images.double()).round().to(torch.uint8), own.levels)


@pytest.mark.parametrize("mode", [torch.no_grad, torch.inference_mode])
def test_inside_no_grad_and_inference_mode(network, images, labels, mode):
    expected = ssimball.attack(network, images, labels)
    with mode():
        found = ssimball.attack(network, images.clone(), labels.clone())
        assert torch.is_grad_enabled() is False
    assert torch.equal(found.images, expected.images)


def test_images_in_any_order_of_memory_need_no_code_of_their_own(images):
    for given in (images.transpose(2, 3), images.contiguous(memory_format=torch.channels_last)):
        read, _ = read_images(given)
        assert read.is_contiguous()
        assert torch.equal(read, given.double())


def test_the_device_that_the_caller_has_set_is_that_of_the_network_alone(network, images, labels):
    """As torch.set_default_device("cuda") does in a notebook; meta fails on any machine."""
    seen = []
    hook = network.register_forward_hook(lambda *_: seen.append(torch.get_default_device().type))
    expected = ssimball.attack(network, images, labels)
    ball = ssimball.Ball.around(images, epsilon=0.01, tau=8 / 255)
    with torch.device("meta"):
        found = ssimball.attack(network, images, labels)
        step = ssimball.maximise(ball, images)
    hook.remove()
    assert torch.equal(found.images, expected.images)
    assert bool(ball.contains(step.perturbation).all())
    assert seen == ["cpu"] * (len(seen) // 2) + ["meta"] * (len(seen) // 2)


def test_nothing_of_the_caller_changes(network, images, labels):
    expected = ssimball.attack(network, images, labels)
    network.train()
    network[1].eval()  # frozen, as in fine-tuning
    network[0].weight.grad = torch.ones_like(network[0].weight)
    modes = [module.training for module in network.modules()]
    state, random = copy.deepcopy(network.state_dict()), torch.get_rng_state()
    given = images.clone().requires_grad_(True)
    found = ssimball.attack(network, given, labels)
    assert torch.equal(found.images, expected.images)
    assert [module.training for module in network.modules()] == modes
    assert all(torch.equal(state[key], value) for key, value in network.state_dict().items())
    assert bool((network[0].weight.grad == 1).all())
    assert network[4].weight.grad is None
    assert given.grad is None
    assert not found.images.requires_grad
    assert torch.equal(torch.get_rng_state(), random)


def test_modes_come_back_after_an_error(network, images):
    network.train()
    with pytest.raises(ssimball.InputError):
        ssimball.attack(network, images, [0, 1, 9])
    assert network.training


MISTAKES = {
    "divide by 255": lambda net, x, y: ssimball.attack(net, 255 * x, y),
    "values are uint8.*divide by 255": lambda net, x, y: ssimball.attack(net, x.byte(), y),
    "put the normalisation into the model": lambda net, x, y: ssimball.attack(net, 4 * x - 2, y),
    "clip them": lambda net, x, y: ssimball.attack(net, 1.1 * x / x.max(), y),
    "NaN or infinite": lambda net, x, y: ssimball.attack(net, x / 0, y),
    "channels come first": lambda net, x, y: ssimball.attack(net, x.movedim(1, -1), y),
    "each side needs at least 11": lambda net, x, y: ssimball.attack(net, x[..., :10], y),
    "got list": lambda net, x, y: ssimball.attack(net, x.tolist(), y),
    "4 is not one of the model's classes 0 to 3": lambda net, x, y: ssimball.attack(
        net, x, [0, 4, 1]
    ),
    "-1 is no class": lambda net, x, y: ssimball.attack(net, x, [0, -1, 1]),
    "one for each image": lambda net, x, y: ssimball.attack(net, x, y[:2]),
    "whole numbers": lambda net, x, y: ssimball.attack(net, x, y.float()),
    "the target of image 0 is its label": lambda net, x, y: ssimball.attack(net, x, y, y),
    "did you mean epsilon?": lambda net, x, y: ssimball.attack(net, x, y, epsilom=0.1),
    "did you mean epsilon\\?$": lambda net, x, y: ssimball.attack(net, x, y, eps=0.1),
    r"one-hot classes, give .argmax\(1\)": lambda net, x, y: ssimball.attack(
        net, x, torch.eye(4)[y]
    ),
    "there is no image": lambda net, x, y: ssimball.attack(net, x[:0], y[:0]),
    "targets=...": lambda net, x, y: ssimball.SSIMBall(target=3),
    "epsilon: input should be less than 1, not 2.0": lambda net, x, y: ssimball.SSIMBall(
        epsilon=2.0
    ),
    "stride: 9 leaves pixels": lambda net, x, y: ssimball.SSIMBall(
        window={"kind": "uniform", "size": 8, "stride": 9}
    ),
    "give one of the two": lambda net, x, y: ssimball.attack(net, x, y, ssim=0.9, epsilon=0.1),
    "ssim: 99 should be a number between 0 and 1": lambda net, x, y: ssimball.attack(
        net, x, y, ssim=99
    ),
    "expected a torch.nn.Module, got function": lambda net, x, y: ssimball.attack(
        lambda x: x, x, y
    ),
    r"it fails on images of shape \(3, 1, 32, 32\)": lambda net, x, y: ssimball.attack(
        net, x[:, :1], y
    ),
    r"it returns shape \(3, 8, 3, 3\)": lambda net, x, y: ssimball.attack(net[:-3], x, y),
    "logits of image 0 are NaN": lambda net, x, y: ssimball.attack(
        nn.Sequential(net, nn.Threshold(1e9, float("nan"))), x, y
    ),
    "a new vision transformer's is all zeros": lambda net, x, y: ssimball.attack(
        nn.Sequential(net, _zeros()), x, y
    ),
    "its logits have no gradient": lambda net, x, y: ssimball.attack(_Detached(net), x, y),
    "it returns tuple": lambda net, x, y: ssimball.attack(_Twice(net), x, y),
    "ssim: '0.99' should be a number": lambda net, x, y: ssimball.attack(net, x, y, ssim="0.99"),
    r"got \['a', 'b', 'c'\]": lambda net, x, y: ssimball.attack(net, x, ["a", "b", "c"]),
    r"got \[\[1\], \[1, 2\]\]": lambda net, x, y: ssimball.attack(net, x[:2], [[1], [1, 2]]),
    "device meta; make it an ordinary tensor": lambda net, x, y: ssimball.attack(net, x.to("meta")),
    "its weights are on the device meta": lambda net, x, y: ssimball.attack(
        copy.deepcopy(net).to("meta"), x, y
    ),
    "lazy layers have no weights yet": lambda net, x, y: ssimball.attack(
        nn.Sequential(nn.Flatten(), nn.LazyLinear(4)), x, y
    ),
    r"it fails on .*: KeyError: 'logits'": lambda net, x, y: ssimball.attack(_NoKey(net), x, y),
    "no gradient of the loss .*appears to not have been used": lambda net, x, y: ssimball.attack(
        _OtherGraph(net), x, y
    ),
    "no gradient of the loss .*inplace operation": lambda net, x, y: ssimball.attack(
        nn.Sequential(_SpoiltGraph(), net), x, y
    ),
    "TorchScript shows no feature maps": lambda net, x, y: ssimball.cam(_traced(net, x), x),
    "result: expected what ssimball.attack returned": lambda net, x, y: ssimball.overlap(x, x),
    "gradient: expected a torch tensor, got ndarray": lambda net, x, y: ssimball.maximise(
        ssimball.Ball.around(x, 0.01, 0.1), x.numpy()
    ),
    "images: expected a torch tensor, got ndarray": lambda net, x, y: ssimball.Ball.around(
        x.numpy(), 0.01, 0.1
    ),
}


def _zeros():
    layer = nn.Linear(4, 4)
    nn.init.zeros_(layer.weight)
    return layer


class _Detached(nn.Sequential):
    def forward(self, x):
        return super().forward(x.detach())


class _NoKey(nn.Sequential):
    def forward(self, x):
        return {}["logits"]


class _OtherGraph(nn.Sequential):
    def forward(self, x):
        return super().forward(x.detach()) * torch.ones(4, requires_grad=True)


class _SpoiltGraph(nn.Module):
    def forward(self, x):
        y = x.sigmoid()
        squares = y**2
        y.add_(1)  # which the gradient of the square needs as it was
        return squares


def _traced(network, images):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return torch.jit.trace(network, images)


class _Twice(nn.Sequential):
    def forward(self, x):
        return super().forward(x), x


@pytest.mark.parametrize("message", MISTAKES)
def test_mistakes_get_a_sentence(network, images, labels, message):
    with pytest.raises(ssimball.InputError, match=message) as found:
        MISTAKES[message](network, images, labels)
    assert isinstance(found.value, ValueError)
    assert "\n" not in str(found.value)


def test_a_network_made_in_inference_mode_is_refused(images):
    with torch.inference_mode():
        model = nn.Sequential(nn.Flatten(), nn.Linear(3072, 4))
    with pytest.raises(ssimball.InputError, match="created inside"):
        ssimball.attack(model, images, [0, 1, 2])


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
@pytest.mark.parametrize("where", ["cpu", "cuda"])
def test_a_network_on_a_gpu_with_images_here_or_there(network, images, labels, where):
    expected = ssimball.attack(network, images, labels)
    found = ssimball.attack(network.cuda(), images.to(where), labels)
    assert found.images.device.type == where
    assert bool((found.ssim >= 0.99).all())
    assert float((found.images.cpu() - expected.images).abs().mean()) < 0.1 / 255
    assert ssimball.cam(network, images.to(where)).maps.device.type == where


def test_options_are_the_settings_of_the_pipeline():
    assert set(BallOptions.__annotations__) == set(option_names())
    assert set(WindowOptions.__annotations__) == set(WindowConfig.model_fields)
    assert ssimball.SSIMBall().settings == SsimBallConfig()
    assert repr(ssimball.SSIMBall(steps=5, epsilon=0.02)) == "SSIMBall(epsilon=0.02, steps=5)"
    local = ssimball.attack.__globals__["with_ssim"]({"model": "L"}, 0.81)
    assert local["epsilon"] == pytest.approx(0.1)
