"""A network that can be fooled, for the tests of adapters."""

import pytest
import torch


@pytest.fixture
def network(make_network, images):
    """The small network, without the preference for one class that it has untrained."""
    network = make_network()
    with torch.no_grad():
        network[-1].bias -= network(images).mean(0)
    return network


@pytest.fixture
def labels(network, images):
    """What the network says of the images."""
    return network(images).argmax(1)
