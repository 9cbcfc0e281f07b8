"""Test images, gradients and timing, shared by the benchmarks."""

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
from ssimball.config.files import read_settings
from ssimball.config.model import ModelConfig, PreprocessingConfig
from ssimball.config.study import load_study
from ssimball.datasets.decoding import decode_photograph
from ssimball.datasets.demo.scenes import render_scene
from ssimball.datasets.foolbox_files import photographs as foolbox_photographs
from ssimball.datasets.interface import Image
from ssimball.datasets.preprocessing import preprocess
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.runtime.environment import prepare_environment
from ssimball.ssim.windows import BALL_WINDOW
from ssimball.storage.images import to_tensor

HERE = Path(__file__).parent
#: Rounds of :func:`side_by_side` by default.
ROUNDS = 5
#: Images in a pass of a network.
BATCH = 8
Rows = list[dict[str, object]]
#: The ball of the attack with its defaults.
EPSILON, TAU, WINDOW = 0.01, 8 / 255, BALL_WINDOW


def as_in_a_job() -> None:
    """Restart this program in the environment of a job of the pipeline: threads, memory, paths.

    glibc and the numerical libraries read their environment only when a process starts.
    """
    mark = "SSIMBALL_AS_IN_A_JOB"
    if mark not in os.environ:
        prepare_environment(HERE.parent / "src")
        os.environ[mark] = "1"
        os.execv(sys.executable, sys.orig_argv)


@lru_cache(maxsize=1)
def images(count: int = 16) -> torch.Tensor:
    """Return demo scenes, float64 (count, 3, 224, 224) in [0, 1]."""
    scenes = [render_scene(2026, index, "validation").rgb for index in range(count)]
    return torch.from_numpy(np.stack(scenes).transpose(0, 3, 1, 2) / 255)


@lru_cache(maxsize=1)
def gradients() -> torch.Tensor:
    """Return the gradients of the demo classifier's margin loss at :func:`images`, float64."""
    x = images()
    labels = torch.arange(len(x)) % 10
    return loss_gradient(load_classifier(ModelConfig()), x.float(), labels, "margin").double()


def photograph_files() -> list[tuple[Path, int]]:
    """Return files and labels of photographs: those of SSIMBALL_SAMPLE, or Foolbox's."""
    weights = weights_given()
    if weights is None:
        return [(Path(entry.location), entry.label) for entry in foolbox_photographs()]
    listed = pd.read_csv(weights.parent / "labels.csv")
    return [(weights.parent / row.path, int(row.label)) for row in listed.itertuples()]


def decoded(file: Path) -> torch.Tensor:
    """Return a photograph as a run sees it, float64 (3, 224, 224) in [0, 1]."""
    settings = PreprocessingConfig.model_validate({"resize": 256, "crop": 224})
    return to_tensor(preprocess(Image(decode_photograph(file).rgb, None), settings).rgb)


@lru_cache(maxsize=1)
def photographs(count: int = 8) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the first photographs and the gradients of a network trained on ImageNet.

    Both are float64 (count, 3, 224, 224). The network is MobileNetV2 if :func:`weights_given`, and
    otherwise that of the demo, EfficientNet-Lite0.
    """
    files = photograph_files()[:count]
    x = torch.stack([decoded(file) for file, _ in files])
    labels = torch.tensor([label for _, label in files])
    weights = weights_given()
    demo = HERE.parent / "config" / "demo.yaml"
    network = (
        mobilenet(weights.parent)
        if weights
        else load_classifier(load_study(read_settings(demo)).model)
    )
    pairs = zip(x.float().split(BATCH), labels.split(BATCH), strict=True)
    return x, torch.cat([loss_gradient(network, *pair, "margin") for pair in pairs]).double()


def mobilenet(folder: Path, device: str = "cpu") -> Classifier:
    """Return MobileNetV2 for ImageNet, trained if :func:`weights_given`, otherwise as initialised.

    The time of a pass does not depend on the weights, but the number of passes of an attack may.

    Args:
        folder: a folder for the initial weights.
        device: the torch device.
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


def shipped_pass() -> Callable[[torch.Tensor], object]:
    """Return a forward and backward pass of torchvision's MobileNetV2 as it is shipped.

    The network of :func:`mobilenet` computes the same faster: its batch normalisations are part of
    its convolutions, and its weights are ordered by channel last.
    """
    import torchvision

    network = torchvision.models.mobilenet_v2(weights=None).eval().requires_grad_(False)

    def run(x: torch.Tensor) -> object:
        labels = torch.zeros(len(x), dtype=torch.int64, device=x.device)
        return loss_gradient(network.to(x.device), x, labels, "margin")

    return run


def weights_given() -> Path | None:
    """Return the file of Google's MobileNetV2 in the folder SSIMBALL_SAMPLE, if that is set."""
    sample = os.environ.get("SSIMBALL_SAMPLE")
    return Path(sample) / "mobilenet_v2_tf.safetensors" if sample else None


def write(name: str, title: str, tables: dict[str, Rows], remarks: dict[str, str]) -> None:
    """Write ``name``.md and ``name``.parquet next to this file, and print the text.

    Arguments as for :func:`write_page`; the file of tables holds all of them.
    """
    write_page(name, title, tables, remarks)
    frames = [pd.DataFrame(rows).assign(table=heading) for heading, rows in tables.items()]
    pd.concat(frames, ignore_index=True).to_parquet(HERE / f"{name}.parquet")


def write_page(name: str, title: str, tables: dict[str, Rows], remarks: dict[str, str]) -> None:
    """Write ``name``.md next to this file, and print the text.

    Args:
        name: name of the file.
        title: heading of the page.
        tables: rows of each table, by its title.
        remarks: text to put below a table, by its title.
    """
    text = [f"# {title}\n", "Written by `make benchmark`.\n"]
    text.append(f"torch {torch.__version__}, {torch.get_num_threads()} threads.\n")
    for heading, rows in tables.items():
        table = pd.DataFrame(rows).to_markdown(index=False, floatfmt=".3g")
        text.append(f"## {heading}\n\n{table}\n")
        text += [remarks[heading]] if heading in remarks else []
    (HERE / f"{name}.md").write_text("\n".join(text))
    sys.stdout.write("\n".join(text))


def side_by_side(tasks: dict[str, Callable[[], object]], rounds: int = ROUNDS) -> dict[str, float]:
    """Return the median seconds of each task over rounds in which the tasks take turns."""
    return {name: float(np.median(times)) for name, times in turns(tasks, rounds).items()}


def ratio(times: dict[str, list[float]], over: str, under: str) -> float:
    """Return the median ratio of two tasks' times over the rounds of :func:`turns`.

    Each ratio is taken within a round, because the speed of a machine drifts between rounds.
    """
    return float(np.median(np.divide(times[over], times[under])))


def turns(tasks: dict[str, Callable[[], object]], rounds: int) -> dict[str, list[float]]:
    """Return the seconds of each task in each round, after a warm-up round."""
    for task in tasks.values():
        task()
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - start)
    return times
