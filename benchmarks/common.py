"""What the benchmarks share: test images, gradients, and timing in turns."""

import os
import sys
import time
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ssimball.attacks.interface import loss_gradient
from ssimball.config.model import ModelConfig
from ssimball.datasets.demo.scenes import render_scene
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.runtime.environment import prepare_environment

HERE = Path(__file__).parent
ROUNDS = 5
Rows = list[dict[str, object]]
EPSILON, TAU = 0.01, 8 / 255


def as_in_a_job() -> None:
    """Begin this program anew with what jobs of the pipeline inherit: threads, memory, paths.

    Anew, because glibc and numerical libraries read it when a process starts.
    """
    mark = "SSIMBALL_AS_IN_A_JOB"
    if mark not in os.environ:
        prepare_environment(HERE.parent / "src")
        os.environ[mark] = "1"
        os.execv(sys.executable, sys.orig_argv)


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


def mobilenet(folder: Path, device: str = "cpu") -> Classifier:
    """MobileNetV2 for ImageNet, trained where :func:`weights_given`, otherwise as initialised.

    The time of a pass does not depend on the weights; how many passes an attack takes may.
    """
    import torchvision

    settings = {"name": "mobilenet_v2", "width_mult": 1.0, "num_classes": 1000}
    path = weights_given()
    if path is None:
        path = folder / "weights.pth"
        torch.save(torchvision.models.mobilenet_v2(weights=None).state_dict(), path)
    else:
        settings["padding"] = "same"
    configured = ModelConfig.model_validate({**settings, "weights": str(path)})
    return load_classifier(configured, device)


def weights_given() -> Path | None:
    """Google's MobileNetV2 in the folder of photographs that SSIMBALL_SAMPLE names, if it does."""
    sample = os.environ.get("SSIMBALL_SAMPLE")
    return Path(sample) / "mobilenet_v2_tf.safetensors" if sample else None


def write(name: str, title: str, tables: dict[str, Rows], remarks: dict[str, str]) -> None:
    """``name``.md and ``name``.parquet beside this file, and the text to the screen.

    Args:
        tables: rows by the title of their table.
        remarks: what to say below a table, by its title.
    """
    text = [f"# {title}\n", "Written by `make benchmark`.\n"]
    text.append(f"torch {torch.__version__}, {torch.get_num_threads()} threads.\n")
    for heading, rows in tables.items():
        table = pd.DataFrame(rows).to_markdown(index=False, floatfmt=".3g")
        text.append(f"## {heading}\n\n{table}\n")
        text += [remarks[heading]] if heading in remarks else []
    (HERE / f"{name}.md").write_text("\n".join(text))
    frames = [pd.DataFrame(rows).assign(table=heading) for heading, rows in tables.items()]
    pd.concat(frames, ignore_index=True).to_parquet(HERE / f"{name}.parquet")
    sys.stdout.write("\n".join(text))


def side_by_side(tasks: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Median seconds of each task over rounds in which the tasks take turns."""
    return {name: float(np.median(times)) for name, times in turns(tasks, rounds).items()}


def ratio(times: dict[str, list[float]], over: str, under: str) -> float:
    """Median over the rounds of :func:`turns` of one task's time over another's.

    Of the same round: the speed of a machine drifts, and both drift alike.
    """
    return float(np.median(np.divide(times[over], times[under])))


def turns(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Seconds of each task in each round, after a first round that does not count."""
    for task in tasks.values():
        task()
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - start)
    return times
