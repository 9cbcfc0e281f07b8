"""The cost of attacks on a GPU, measured as in benchmarks/attacks.py but in batches of images.

``SSIMBALL_SAMPLE=path/to/folder python benchmarks/gpu.py`` on a machine with a CUDA device writes
benchmarks/gpu.md and gpu.parquet, in about eight minutes.
"""

import tempfile
import time
from pathlib import Path

import torch
from attacks import SLOW, all_attacks, attack, beside_pgd
from common import Rows, mobilenet, weights_given, write

from ssimball.config.attacks.sparse import OnePixelConfig, StrAttackConfig
from ssimball.models.classifier import Classifier
from ssimball.models.pass_counter import PassCounter
from ssimball.runtime.devices import select_device

#: Batch sizes: the default of a job, and twice as many.
BATCHES = (8, 16)
#: For each expensive attack: settings for a part of its work, the number of such parts in the
#: defaults, and the batch size. StrAttack is counted in gradients (1000 steps, and 400 to refine,
#: for each of 8 weights), one-pixel in generations.
PARTS = {
    "str_attack": (StrAttackConfig(steps=200, search_steps=1, refine_steps=0), 11_200 / 200, 16),
    "one_pixel": (OnePixelConfig(generations=10), 100 / 10, 1),
}
TEXT = """Measured on a part of the steps; the last column is multiplied by the number of parts.
"""


def slow(network: Classifier) -> Rows:
    """Measure a part of each expensive attack."""
    rows: Rows = []
    for name, (settings, parts, together) in PARTS.items():
        attack(network, settings, together, together)
        with PassCounter(network) as passes:
            start = time.perf_counter()
            attack(network, settings, together, together)
            seconds = time.perf_counter() - start
        rows.append(
            {
                "attack": name,
                "batch size": together,
                "seconds per image, part": seconds / together,
                "gradients, part": passes.backward / together,
                "forward passes, part": passes.forward / together,
                "parts": parts,
                "seconds per image, whole": parts * seconds / together,
            }
        )
    return rows


def main() -> None:
    """Measure on a CUDA device, and write the tables."""
    device = select_device("cuda")
    with tempfile.TemporaryDirectory() as folder:
        network = mobilenet(Path(folder), device)
        compared = "Steps inside the SSIM ball compared with steps of PGD, batches of"
        tables: dict[str, Rows] = {f"{compared} {n}": beside_pgd(network, n, n) for n in BATCHES}
        own = f"Attacks with their own budgets, {BATCHES[0]} images per batch"
        tables[own] = all_attacks(network, BATCHES[0], skipped=SLOW)
        tables["Expensive attacks"] = slow(network)
    kind = "trained on ImageNet" if weights_given() else "with initial weights"
    card = torch.cuda.get_device_name()
    title = f"Attacks on MobileNetV2 {kind}, demo scenes 224 x 224, {card}"
    write("gpu", title, tables, {"Expensive attacks": TEXT})


if __name__ == "__main__":
    main()
