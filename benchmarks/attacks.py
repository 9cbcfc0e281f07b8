"""What attacks cost: seconds and passes through the network, and the SSIM ball beside PGD.

``make benchmark`` writes benchmarks/attacks.md and benchmarks/attacks.parquet.
"""

import tempfile
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from common import Rows, images, mobilenet, ratio, side_by_side, turns, weights_given, write
from torch import nn

from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.config.attack_settings import AttackSettings
from ssimball.config.attacks import default_attacks
from ssimball.config.ball_attacks import SsimBallConfig
from ssimball.config.gradient_attacks import PgdConfig
from ssimball.passes import PassCounter

IMAGES = 4
RATIO_ROUNDS = 9
#: They take minutes an image; docs/comparison.md has their times with smaller budgets.
SLOW = ("str_attack", "one_pixel", "few_pixel", "ssim_ball_conic")
#: Of the network and of compiled code alike. A job of the pipeline has one.
THREADS = {1: "one thread, as in a job", 2: "two threads"}


@lru_cache(maxsize=1)
def labels(network: nn.Module) -> torch.Tensor:
    """What the network sees in the images: known before an attack, so no part of its time."""
    return network(images()[:IMAGES].float()).argmax(1)


def attack(network: nn.Module, settings: AttackSettings, count: int = IMAGES) -> None:
    """One by one, as on a CPU."""
    x, y = images(), labels(network)
    for i in range(count):
        rng = [np.random.default_rng(i)]
        one = Batch(x[i : i + 1], y[i : i + 1], rng)
        batch = replace(one, others=one if settings.needs_others else None)
        load(settings.method)(network, batch, settings)


def beside_pgd(network: nn.Module, threads: int) -> Rows:
    """k steps inside the SSIM ball over k steps of Foolbox's PGD, on so many threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return _beside_pgd(network)
    finally:
        torch.set_num_threads(before)


def _beside_pgd(network: nn.Module) -> Rows:
    rows: Rows = []
    for steps in (1, 2, 5, 10, 20):
        pgd = PgdConfig(norm="l2", epsilon=4.0, steps=steps, random_start=False)
        both = {"pgd": pgd, "ball": SsimBallConfig(steps=steps)}
        times = turns({n: partial(attack, network, s) for n, s in both.items()}, RATIO_ROUNDS)
        row: dict[str, object] = {"steps": steps}
        for name, settings in both.items():
            with PassCounter(network) as passes:
                attack(network, settings)
            row |= {
                f"{name} ms": 1e3 * np.median(times[name]) / IMAGES,
                f"{name} gradients": passes.backward / IMAGES,
                f"{name} passes": passes.forward / IMAGES,
            }
        rows.append({**row, "ball over pgd": ratio(times, "ball", "pgd")})
    return rows


def all_attacks(network: nn.Module) -> Rows:
    """Each attack of the configuration with its own budget, on one image."""
    rows: Rows = []
    for name, settings in default_attacks().items():
        if name in SLOW:
            continue
        with PassCounter(network) as passes:
            seconds = side_by_side({name: partial(attack, network, settings, 1)}, rounds=1)
        # Run twice, the first time to warm up.
        rows.append(
            {
                "attack": name,
                "seconds an image": seconds[name],
                "forward passes": passes.forward / 2,
                "gradients": passes.backward / 2,
            }
        )
    return rows


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        network = mobilenet(Path(folder))
        beside = "Steps inside the SSIM ball beside steps of PGD"
        tables = {f"{beside}, {name}": beside_pgd(network, n) for n, name in THREADS.items()}
        tables["Attacks with their own budgets, one image"] = all_attacks(network)
    kind = "trained on ImageNet" if weights_given() else "with initial weights"
    write("attacks", f"Attacks on MobileNetV2 {kind}, demo scenes 224 x 224", tables, {})


if __name__ == "__main__":
    main()
