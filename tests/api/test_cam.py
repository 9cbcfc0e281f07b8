"""Maps of networks that no list names: exact where the structure gives it, Grad-CAM elsewhere."""

from itertools import pairwise

import numpy as np
import pytest
import scipy.stats
import torch
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
    found = ssimball.cam_overlap(result, torch.from_numpy(maps), top=0.25)
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
        ssimball.cam_overlap(result, maps[:2])
    with pytest.raises(ssimball.InputError, match="fewer cells"):
        ssimball.cam_overlap(result, np.ones((3, 8, 8)))
    assert np.isnan(ssimball.cam_overlap(result, np.ones((3, 2, 2))).spearman).all()
