"""What the benchmarks share: test images, gradients, and timing in turns."""

import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import torch
from torch import nn

from ssimball.attacks.interface import loss_gradient
from ssimball.config.model import ModelConfig
from ssimball.datasets.demo import render_scene
from ssimball.models import load_classifier

HERE = Path(__file__).parent
ROUNDS = 5
EPSILON, TAU = 0.01, 8 / 255


@lru_cache(maxsize=1)
def images(count: int = 16) -> torch.Tensor:
    """Demo scenes, float64 (count, 3, 224, 224) in [0, 1]."""
    scenes = [render_scene(2026, index, "validation").rgb for index in range(count)]
    return torch.from_numpy(np.stack(scenes).transpose(0, 3, 1, 2) / 255)


@lru_cache(maxsize=1)
def gradients() -> torch.Tensor:
    """Of the demo classifier's margin at those images, float64, same shape."""
    x = images()
    labels = torch.arange(len(x)) % 10
    return loss_gradient(load_classifier(ModelConfig()), x.float(), labels, "margin").double()


def mobilenet(folder: Path) -> nn.Module:
    """MobileNetV2 for ImageNet with initial weights: the time of a pass does not depend on them."""
    import torchvision

    path = folder / "weights.pth"
    torch.save(torchvision.models.mobilenet_v2(weights=None).state_dict(), path)
    return load_classifier(
        ModelConfig(name="mobilenet_v2", width_mult=1.0, num_classes=1000, weights=str(path))
    )


def side_by_side(tasks: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each task over rounds in which the tasks take turns."""
    for task in tasks.values():
        task()
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}
