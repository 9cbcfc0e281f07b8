"""Maps of networks that no list names: exact where the structure gives it, Grad-CAM elsewhere."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
import timm
import torch
import torchvision
from torch import nn

import ssimball


class Functional(nn.Module):
    """Activation and pooling without modules, the classifier a convolution of 1 x 1."""

    def __init__(self):
        super().__init__()
        self.features = nn.Conv2d(3, 6, 5, 4)
        self.pool, self.head = nn.AdaptiveAvgPool2d(1), nn.Conv2d(6, 4, 1)

    def forward(self, x):
        return self.head(self.pool(self.features(x).relu())).flatten(1)


class Tokens(nn.Module):
    """A mixer of patches: layer norm, the mean of the tokens, one linear layer."""

    def __init__(self, read):
        super().__init__()
        self.patches, self.norm = nn.Conv2d(3, 6, 8, 8), nn.LayerNorm(6)
        self.attention = nn.MultiheadAttention(6, 2, batch_first=True)
        self.register = nn.Parameter(torch.rand(1, 1, 6))
        self.head, self.read = nn.Linear(6, 4), read

    def forward(self, x):
        tokens = self.patches(x).flatten(2).transpose(1, 2)
        if self.read == "mean":
            return self.head(self.norm(tokens).mean(1))
        tokens = torch.cat([self.register.expand(len(x), -1, -1), tokens], 1)
        normed = self.norm(tokens)
        return self.head((tokens + self.attention(normed, normed, normed)[0])[:, 0])


def squeeze():
    head = nn.Conv2d(6, 4, 1), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten()
    return nn.Sequential(nn.Conv2d(3, 6, 5, 4), nn.ReLU(), *head)


EXACT = {
    "batch norm and dropout": (None, "5"),
    "functional": (Functional, "input of pool"),
    "pooling after 1 x 1": (squeeze, "3"),
    "tokens": (lambda: Tokens("mean"), "norm"),
}


@pytest.mark.parametrize("kind", EXACT)
def test_exact_maps_sum_up_to_the_logit(kind, network, images):
    make, layer = EXACT[kind]
    torch.manual_seed(1)
    model = network if make is None else make()
    images = images[:, :, :, :27]
    maps = ssimball.cam(model, images, [0, 3, 2])
    assert (maps.exact, maps.method, maps.layer) == (True, "cam", layer)
    logits = model.eval()(images)[range(3), [0, 3, 2]].detach().double()
    assert maps.logits.numpy() == pytest.approx(logits.numpy(), rel=1e-5)
    sums = maps.maps.mean((1, 2)) + maps.biases
    assert sums.numpy() == pytest.approx(logits.numpy(), rel=1e-4, abs=1e-5)
    assert maps.maps.shape[1:] != (1, 1)


def small_vit():
    kind = torchvision.models.VisionTransformer
    vit = kind(32, 8, num_layers=2, num_heads=2, hidden_dim=16, mlp_dim=16, num_classes=4)
    # As a trained one: a new head is all zeros.
    nn.init.normal_(vit.heads.head.weight)
    return vit


def small_convnext():
    block = torchvision.models.convnext.CNBlockConfig
    return torchvision.models.ConvNeXt([block(8, 16, 1), block(16, None, 1)], num_classes=4)


def small_timm(**options):
    kind = timm.models.vision_transformer.VisionTransformer
    size = {"img_size": 32, "patch_size": 8, "embed_dim": 16, "depth": 2, "num_heads": 2}
    return kind(**size, num_classes=4, weight_init="moco", **options)


#: Networks of both libraries: method, layer and grid. Small ones of their classes where these allow
#: it.
LIBRARIES = {
    "squeezenet": (lambda: of("squeezenet1_1"), "cam", "classifier.2", (3, 3)),
    "resnet": (lambda: of("resnet18"), "cam", "layer4", (2, 2)),
    "mobilenet v3": (lambda: of("mobilenet_v3_small"), "grad_cam", "features", (2, 2)),
    "shufflenet": (lambda: of("shufflenet_v2_x0_5"), "cam", "conv5", (2, 2)),
    "convnext": (small_convnext, "grad_cam", "features", (4, 4)),
    "vit": (small_vit, "grad_cam", "encoder.layers.encoder_layer_1.ln_1", (4, 4)),
    "timm vit": (small_timm, "grad_cam", "blocks.1.norm1", (4, 4)),
    "timm vit with registers": (
        lambda: small_timm(reg_tokens=4, class_token=True),
        "grad_cam",
        "blocks.1.norm1",
        (4, 4),
    ),
    "timm vit by means": (
        lambda: small_timm(global_pool="avg", class_token=False, fc_norm=False),
        "cam",
        "norm",
        (4, 4),
    ),
    "timm resnet": (
        lambda: timm.create_model("test_resnet.r160_in1k", num_classes=4),
        "cam",
        "layer4",
        (2, 2),
    ),
}


def of(name):
    return torchvision.models.get_model(name, weights=None, num_classes=4)


@pytest.mark.parametrize("name", LIBRARIES)
def test_networks_of_libraries_are_read_by_their_structure(name, images):
    make, method, layer, grid = LIBRARIES[name]
    torch.manual_seed(0)
    images = images if grid == (4, 4) else images.repeat(1, 1, 2, 2)
    maps = ssimball.cam(make(), images, [0, 1, 2])
    assert (maps.method, maps.layer, tuple(maps.maps.shape)) == (method, layer, (3, *grid))
    if maps.exact:
        sums = maps.maps.mean((1, 2)) + maps.biases
        scale = float(maps.logits.abs().max())
        assert sums.numpy() == pytest.approx(maps.logits.numpy(), abs=1e-4 * scale)


def test_exact_maps_are_the_weighted_features(network, images):
    features = network[:6](images)
    classes = network(images).argmax(1)
    expected = torch.einsum("bk,bkhw->bhw", network[8].weight[classes], features)
    found = ssimball.cam(network, images)
    assert torch.equal(found.classes, classes)
    assert found.maps.numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)


def test_grad_cam_of_a_network_with_two_layers_after_pooling(network, images):
    model = nn.Sequential(*network[:8], nn.Linear(8, 8), nn.Tanh(), nn.Linear(8, 4)).eval()
    found = ssimball.cam(model, images, [1, 2, 3])
    assert (found.exact, found.method, found.layer, found.biases) == (False, "grad_cam", "5", None)
    features = model[:6](images).detach().requires_grad_(True)
    logits = model[6:](features)[range(3), [1, 2, 3]]
    (gradient,) = torch.autograd.grad(logits.sum(), features)
    expected = (gradient.mean((2, 3), keepdim=True) * features).sum(1)
    assert found.maps.numpy() == pytest.approx(expected.detach().numpy(), abs=1e-6)
    named = ssimball.cam(model, images, [1, 2, 3], layer="2")
    assert (named.layer, named.maps.shape) == ("2", (3, 7, 7))


def test_tokens_read_by_a_class_token_have_maps_before_the_last_attention(images):
    # After the attention only the class token counts: the others have no gradient there.
    found = ssimball.cam(Tokens("class"), images)
    assert (found.exact, found.layer, found.maps.shape) == (False, "norm", (3, 4, 4))
    assert bool(found.maps.std((1, 2)).all())


def test_layers_of_a_compiled_network_are_read(network, images):
    compiled = torch.compile(network, backend="eager")
    compiled(images[:1])  # from now on, what was compiled runs
    found = ssimball.cam(compiled, images[:1])
    assert np.array_equal(found.maps, ssimball.cam(network, images[:1]).maps)
    with pytest.raises(ssimball.InputError, match="no module 'nope'; known: _orig_mod, _orig_mod"):
        ssimball.cam(compiled, images, layer="nope")


def test_what_has_no_map_is_refused(network, images):
    with pytest.raises(ssimball.InputError, match="did you mean '5'"):
        ssimball.cam(network, images, layer="5.")
    with pytest.raises(ssimball.InputError, match=r"'7' gives \(1, 8\)"):
        ssimball.cam(network, images, layer="7")
    flat = nn.Sequential(nn.Flatten(), nn.Linear(3072, 4))
    with pytest.raises(ssimball.InputError, match="no layer has feature maps"):
        ssimball.cam(flat, images)


def test_overlap_is_measured_as_by_scipy_and_by_hand(network, images):
    result = ssimball.attack(network, images, network(images).argmax(1), tau=None)
    # Values as multiples of 0.5 have ties; the windows are centred on pixels 5 to 26.
    maps = np.random.default_rng(5).integers(0, 4, (3, 4, 4)) / 2
    found = ssimball.overlap(result, torch.from_numpy(maps), top=0.25)
    deficit = 1 - result.ssim_map.numpy()
    edges = [0, 3, 11, 19, 22]
    for number in range(3):
        cells = [
            [deficit[number, a:b, c:d].mean() for c, d in pairwise(edges)]
            for a, b in pairwise(edges)
        ]
        assert found.deficit[number] == pytest.approx(np.array(cells), rel=1e-9)
        rho = scipy.stats.spearmanr(np.ravel(cells), maps[number].ravel()).statistic
        assert found.spearman[number] == pytest.approx(rho)
    assert ((found.top_share > 0) & (found.top_share < 1)).all()
    with pytest.raises(ssimball.InputError, match="give one for each"):
        ssimball.overlap(result, maps[:2])
    with pytest.raises(ssimball.InputError, match="fewer cells"):
        ssimball.overlap(result, np.ones((3, 16, 16)))
    assert np.isnan(ssimball.overlap(result, np.ones((3, 2, 2))).spearman).all()
