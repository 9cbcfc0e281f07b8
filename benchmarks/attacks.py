"""The cost of attacks: seconds and passes through the network, and the SSIM ball compared with PGD.

``make benchmark`` writes benchmarks/attacks.md and benchmarks/attacks.parquet; benchmarks/gpu.py
measures the same on a GPU, in batches.
"""

import tempfile
from collections.abc import Container
from dataclasses import replace
from functools import lru_cache, partial
from pathlib import Path

import numpy as np
import torch
from common import (
    Rows,
    as_in_a_job,
    images,
    mobilenet,
    photographs,
    ratio,
    side_by_side,
    turns,
    weights_given,
    write,
)

from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.attacks.base import AttackSettings
from ssimball.config.attacks.gradient import PgdConfig
from ssimball.config.attacks.registry import default_attacks
from ssimball.models.classifier import Classifier
from ssimball.models.pass_counter import PassCounter

#: Number of images for the comparison with PGD.
IMAGES = 4
#: Rounds for each ratio of times.
RATIO_ROUNDS = 9
#: Attacks that take minutes per image; docs/comparison.md has their times with fewer steps.
SLOW = ("str_attack", "one_pixel", "few_pixel", "ssim_ball_conic")
#: Numbers of threads, for the network and for compiled code. A job of the pipeline has one.
THREADS = {1: "one thread, as in a job", 2: "two threads"}


@lru_cache(maxsize=2)
def classified_images(
    network: Classifier, scenes: bool = False
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return 16 images on the network's device, and their predicted classes as labels."""
    x = (images() if scenes else photographs(16)[0]).to(network.mean.device)
    with torch.no_grad():
        return x, network(x.float()).argmax(1)


def attack(
    network: Classifier,
    settings: AttackSettings,
    count: int = IMAGES,
    together: int = 1,
    scenes: bool = False,
) -> None:
    """Attack ``count`` images in batches of ``together``; on a CPU one by one, as jobs do."""
    x, y = classified_images(network, scenes)
    for start in range(0, count, together):
        chosen = slice(start, start + together)
        rng = [np.random.default_rng(i) for i in range(count)[chosen]]
        batch = Batch(x[chosen], y[chosen], rng)
        if settings.needs_others:
            batch = replace(batch, others=batch)
        load(settings.method)(network, batch, settings)
    if x.is_cuda:
        torch.cuda.synchronize()


def on_threads(network: Classifier, threads: int, scenes: bool = False) -> Rows:
    """Run :func:`beside_pgd` with a number of threads."""
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        return beside_pgd(network, scenes=scenes)
    finally:
        torch.set_num_threads(before)


def beside_pgd(
    network: Classifier, count: int = IMAGES, together: int = 1, scenes: bool = False
) -> Rows:
    """Compare k steps inside the SSIM ball with k steps of Foolbox's PGD."""
    rows: Rows = []
    for steps in (1, 2, 5, 10, 20):
        pgd = PgdConfig(norm="l2", epsilon=4.0, steps=steps, random_start=False)
        both = {"PGD": pgd, "ball": SsimBallConfig(steps=steps)}
        work = {n: partial(attack, network, s, count, together, scenes) for n, s in both.items()}
        times = turns(work, RATIO_ROUNDS)
        row: dict[str, object] = {"steps": steps}
        for name, settings in both.items():
            with PassCounter(network) as passes:
                attack(network, settings, count, together, scenes)
            row |= {
                f"{name}: ms per image": 1e3 * np.median(times[name]) / count,
                f"{name}: gradients": passes.backward / count,
                f"{name}: forward passes": passes.forward / count,
            }
        rows.append({**row, "ratio of times, ball / PGD": ratio(times, "ball", "PGD")})
    return rows


def all_attacks(network: Classifier, count: int = 1, skipped: Container[str] = SLOW) -> Rows:
    """Measure each attack of the configuration with its own budget, on a batch of images."""
    rows: Rows = []
    for name, settings in default_attacks().items():
        if name in skipped:
            continue
        with PassCounter(network) as passes:
            work = {name: partial(attack, network, settings, count, count)}
            seconds = side_by_side(work, rounds=1)
        # The attack ran twice, the first time to warm up.
        rows.append(
            {
                "attack": name,
                "seconds per image": seconds[name] / count,
                "forward passes": passes.forward / 2 / count,
                "gradients": passes.backward / 2 / count,
            }
        )
    return rows


def main() -> None:
    """Measure on one and on two threads, and write the tables."""
    as_in_a_job()
    with tempfile.TemporaryDirectory() as folder:
        network = mobilenet(Path(folder))
        compared = "Steps inside the SSIM ball compared with steps of PGD"
        tables = {f"{compared}, {name}": on_threads(network, n) for n, name in THREADS.items()}
        tables[f"{compared}, one thread, on scenes"] = on_threads(network, 1, scenes=True)
        tables["Attacks with their own budgets, one image"] = all_attacks(network)
    kind = "trained on ImageNet" if weights_given() else "with initial weights"
    write("attacks", f"Attacks on MobileNetV2 {kind}, photographs 224 x 224", tables, {})


if __name__ == "__main__":
    main()
