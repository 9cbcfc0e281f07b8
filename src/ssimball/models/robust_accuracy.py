"""PGD examples of scenes, and the accuracy of the demo's networks on them."""

import numpy as np
import torch
from torch import Tensor, nn

from ssimball.datasets.demo.scenes import render_scene
from ssimball.models.scene_batches import network_input, reproducible

_EVALUATION_BATCH = 50
#: Step size of the PGD that measures accuracy, over its radius.
_RELATIVE_STEP_SIZE = 0.1


def perturbed(
    model: nn.Module, x: Tensor, labels: Tensor, radius: float, steps: int, step_size: float
) -> Tensor:
    """Return PGD examples, which increase the cross-entropy from a random start.

    The model is left in evaluation mode, in which the examples are made.

    Args:
        model: takes images from -1 to 1 and returns logits (B, classes).
        x: images (B, 3, H, W) in [-1, 1].
        labels: their classes (B,).
        radius: l-infinity radius, for images in [0, 1].
        steps: gradient steps.
        step_size: largest change of a value in a step, for images in [0, 1].
    """
    model.eval()
    # A change of an image in [0, 1] is twice as large where images are in [-1, 1].
    radius, step_size = 2 * radius, 2 * step_size
    low, high = (x - radius).clamp(min=-1), (x + radius).clamp(max=1)
    changed = x + radius * (2 * torch.rand_like(x) - 1)
    for _ in range(steps):
        changed = torch.clamp(changed, low, high).requires_grad_()
        loss = nn.functional.cross_entropy(model(changed), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, changed)
        changed = changed.detach() + step_size * gradient.sign()
    return torch.clamp(changed, low, high)


def measure_robustness(
    model: nn.Module, seed: int, scenes: int, epsilon: float, steps: int
) -> float:
    """Return the accuracy on PGD examples of the first scenes of the validation split.

    Args:
        model: the network.
        seed: of the scenes.
        scenes: how many to attack.
        epsilon: l-infinity radius, in grey levels of 255.
        steps: gradient steps.
    """
    with reproducible(seed, torch.get_num_threads()):
        return _measured(model, seed, scenes, epsilon / 255, steps)


def _measured(model: nn.Module, seed: int, scenes: int, radius: float, steps: int) -> float:
    correct = 0
    for start in range(0, scenes, _EVALUATION_BATCH):
        indices = range(start, min(start + _EVALUATION_BATCH, scenes))
        batch = [render_scene(seed, index, "validation") for index in indices]
        x = network_input(torch.from_numpy(np.stack([scene.rgb for scene in batch])))
        labels = torch.tensor([scene.label for scene in batch])
        x = perturbed(model, x, labels, radius, steps, radius * _RELATIVE_STEP_SIZE)
        with torch.no_grad():
            correct += int((model(x).argmax(1) == labels).sum())
    return correct / scenes
