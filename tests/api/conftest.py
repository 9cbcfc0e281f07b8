"""A small network and images for the tests of the public functions."""

import pytest
import torch
from torch import nn


@pytest.fixture
def make_network():
    """``make_network(channels)``: convolutions with batch norm and dropout, 4 classes."""

    def make(channels=3):
        torch.manual_seed(0)
        return nn.Sequential(
            *(nn.Conv2d(channels, 8, 5, 4), nn.BatchNorm2d(8), nn.ReLU(), nn.Dropout(0.5)),
            *(nn.Conv2d(8, 8, 3, 2), nn.ReLU()),
            *(nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(8, 4)),
        ).eval()

    return make


@pytest.fixture
def network(make_network):
    return make_network()


@pytest.fixture
def images(scene):
    """Three images of 8 bits, float32 (3, 3, 32, 32)."""
    crops = [scene[top : top + 32, 96:128] for top in (32, 96, 150)]
    return torch.stack([torch.from_numpy(c.transpose(2, 0, 1) / 255) for c in crops]).float()
