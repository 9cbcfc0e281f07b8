"""Networks that change their input, are shared by threads, or were compiled to be deployed."""

from concurrent.futures import ThreadPoolExecutor

import numpy as np
import pytest
import torch
from torch import nn

import ssimball


@pytest.fixture
def labels(network, images):
    return network(images).argmax(1)


def test_threads_with_one_network_take_turns(network, images, labels):
    network.train()
    modes = []
    network.register_forward_hook(lambda module, *_: modes.append(module.training))
    with ThreadPoolExecutor(4) as threads:
        results = [threads.submit(ssimball.attack, network, images, labels) for _ in range(8)]
        found = [each.result().levels for each in results]
    assert network.training
    assert not any(modes)
    assert all(torch.equal(levels, found[0]) for levels in found)


class _InPlace(nn.Sequential):
    def forward(self, x):
        return super().forward(x.sub_(0.25).div_(0.5))


class _Normalised(nn.Sequential):
    def forward(self, x):
        return super().forward((x - 0.25) / 0.5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_a_network_may_change_its_input_in_place(network, images, dtype):
    network.to(dtype)
    clean = images.clone()
    found, expected = (ssimball.attack(kind(network), images) for kind in (_InPlace, _Normalised))
    assert torch.equal(images, clean)
    assert torch.equal(found.levels, expected.levels)


@pytest.mark.filterwarnings("ignore::FutureWarning")
@pytest.mark.parametrize("kind", ["script", "frozen", "exported"])
def test_networks_as_they_are_deployed(network, images, kind):
    network.eval()
    deployed = {
        "script": lambda: torch.jit.script(network),
        "frozen": lambda: torch.jit.freeze(torch.jit.script(network)),
        "exported": lambda: torch.export.export(network, (images,)).module(),
    }[kind]()
    expected = ssimball.attack(network, images).images
    assert float((ssimball.attack(deployed, images).images - expected).abs().max()) < 2.1 / 255


def test_arrays_of_another_byte_order(network, images, labels):
    found = ssimball.attack(network, images.numpy().astype(">f4"), labels.numpy().astype(">i8"))
    expected = ssimball.attack(network, images, labels)
    assert np.array_equal(found.levels, expected.levels.numpy())
