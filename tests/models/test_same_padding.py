"""``SAME`` padding against sums written out from TensorFlow's rule."""

import copy
import math

import numpy as np
import pytest
import torch
from torch import nn

from ssimball.models.same_padding import use_same_padding


def same(x, kernel, stride, outside, reduce):
    """Every output of one channel, by TensorFlow's documented rule for ``SAME``.

    The output has ceil(n / s) values per axis; if n % s == 0 the padding is max(k - s, 0), else
    max(k - n % s, 0); the larger half goes behind.
    """
    starts = []
    for n in x.shape:
        total = max(kernel - (stride if n % stride == 0 else n % stride), 0)
        starts.append([i * stride - total // 2 for i in range(math.ceil(n / stride))])
    result = np.empty([len(s) for s in starts])
    for i, top in enumerate(starts[0]):
        for j, left in enumerate(starts[1]):
            field = np.full((kernel, kernel), outside)
            for u in range(kernel):
                for v in range(kernel):
                    if 0 <= top + u < x.shape[0] and 0 <= left + v < x.shape[1]:
                        field[u, v] = x[top + u, left + v]
            result[i, j] = reduce(field)
    return result


@pytest.mark.parametrize("kernel", [1, 2, 3, 5, 7])
@pytest.mark.parametrize("shape", [(8, 8), (9, 9), (12, 7), (5, 10)])
@pytest.mark.parametrize("stride", [2, 3])
def test_strided_layers_pad_by_tensorflows_rule(kernel, shape, stride):
    x = np.random.default_rng(0).standard_normal(shape)
    convolution = nn.Conv2d(1, 1, kernel, stride, kernel // 2, bias=False).double()
    network = nn.Sequential(convolution, nn.MaxPool2d(kernel, stride, kernel // 2))
    use_same_padding(network)
    weight = convolution.weight.detach().numpy()[0, 0]
    tx = torch.from_numpy(x)[None, None]
    with torch.no_grad():
        convolved, pooled = network[0](tx)[0, 0], network[1](tx)[0, 0]
    by_hand = same(x, kernel, stride, 0.0, lambda field: (field * weight).sum())
    np.testing.assert_allclose(convolved, by_hand, atol=1e-12)
    np.testing.assert_array_equal(pooled, same(x, kernel, stride, -np.inf, np.max))


def test_layers_of_stride_one_and_parameters_stay():
    layer = nn.Conv2d(2, 2, 3, 1, 1)
    network = nn.Sequential(layer, nn.Sequential(nn.Conv2d(2, 3, 3, 2, 1), nn.ReLU()))
    parameters = list(network.parameters())
    use_same_padding(network)
    assert network[0] is layer
    assert layer.padding == (1, 1)
    assert all(a is b for a, b in zip(network.parameters(), parameters, strict=True))


def test_networks_of_either_padding_differ_at_even_sizes(demo_classifier):
    """The rule reaches the strided layers deep inside a network: with it, shifts differ by 1."""
    network = copy.deepcopy(demo_classifier.network)
    use_same_padding(network)
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 3, 64, 64))).float()
    first = network.features[0][0]
    with torch.no_grad():
        shifted = demo_classifier.network.features[0][0](torch.roll(x, (-1, -1), (2, 3)))
        torch.testing.assert_close(first(x)[:, :, 1:-1, 1:-1], shifted[:, :, 1:-1, 1:-1])
        assert network(x).shape == (1, 10)
    strided = [m for m in network.modules() if getattr(m, "stride", None) == (2, 2)]
    assert len(strided) == 10  # five convolutions, each in its padding layer
