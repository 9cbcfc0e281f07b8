"""The small network of Wong and Kolter (2018) for CIFAR-10: ``...cifar_small:cifar_small``."""

from torch import nn


def cifar_small(num_classes: int) -> nn.Sequential:
    """Return two strided convolutions and two linear layers with random weights.

    The network takes images of 32 x 32 alone. Its logits are no linear function of mean feature
    maps, so it has no exact class activation map.

    Args:
        num_classes: number of classes.
    """
    return nn.Sequential(
        *(nn.Conv2d(3, 16, 4, stride=2, padding=1), nn.ReLU()),
        *(nn.Conv2d(16, 32, 4, stride=2, padding=1), nn.ReLU()),
        *(nn.Flatten(), nn.Linear(32 * 8 * 8, 100), nn.ReLU()),
        nn.Linear(100, num_classes),
    )
