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
@pytest.mark.parametrize("stride", [1, 2, 3])
def test_layers_pad_by_tensorflows_rule(kernel, shape, stride):
    x = np.random.default_rng(0).standard_normal(shape)
    convolution = nn.Conv2d(1, 1, kernel, stride, kernel // 2, bias=False).double()
    pooling = nn.MaxPool2d(kernel, stride, kernel // 2), nn.AvgPool2d(kernel, stride, kernel // 2)
    network = nn.Sequential(convolution, *pooling)
    use_same_padding(network)
    weight = convolution.weight.detach().numpy()[0, 0]
    tx = torch.from_numpy(x)[None, None]
    with torch.no_grad():
        convolved, pooled, averaged = (layer(tx)[0, 0] for layer in network)
    by_hand = same(x, kernel, stride, 0.0, lambda field: (field * weight).sum())
    np.testing.assert_allclose(convolved, by_hand, atol=1e-12)
    np.testing.assert_array_equal(pooled, same(x, kernel, stride, -np.inf, np.max))
    if stride > 1 or kernel % 2 == 0:  # torch's means at stride 1 count padded values
        by_hand = same(x, kernel, stride, np.nan, np.nanmean)
        np.testing.assert_allclose(averaged, by_hand, atol=1e-12)


def test_dilated_windows_of_unequal_sides_pad_by_what_they_span():
    x = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 1, 9, 12)))
    layer = nn.Conv2d(1, 1, (3, 2), (2, 1), (2, 2), dilation=(2, 3), bias=False).double()
    # The same window without dilation has zeros between.
    full = torch.zeros(1, 1, 5, 4).double()
    full[..., ::2, ::3] = layer.weight.detach()
    # ceil(9 / 2) = 5 rows need 4 * 2 + 5 - 9 = 4 more, 12 columns at stride 1 need 3.
    expected = nn.functional.conv2d(nn.functional.pad(x, (1, 2, 2, 2)), full, stride=(2, 1))
    network = nn.Sequential(layer)
    use_same_padding(network)
    with torch.no_grad():
        torch.testing.assert_close(network(x), expected)


def test_layers_of_stride_one_and_parameters_stay():
    layer = nn.Conv2d(2, 2, 3, 1, 1)
    network = nn.Sequential(layer, nn.Sequential(nn.Conv2d(2, 3, 3, 2, 1), nn.ReLU()))
    network.append(nn.Conv2d(3, 3, 2))  # no padding on purpose
    parameters = list(network.parameters())
    use_same_padding(network)
    assert network[0] is layer
    assert isinstance(network[2], nn.Conv2d)
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
