"""The SSIM ball's solver beside one pass of the network, and beside itself at other sizes.

``make benchmark`` writes benchmarks/solver.md and benchmarks/solver.parquet. Ratios are of times
measured side by side, in turns, in this one run.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
import torch

from ssimball.attacks.interface import loss_gradient
from ssimball.ball import Ball
from ssimball.config.model import ModelConfig
from ssimball.datasets.demo import render_scene
from ssimball.models import load_classifier
from ssimball.solvers.conic import maximise_conic
from ssimball.solvers.first_order import maximise

HERE = Path(__file__).parent
ROUNDS = 5
#: Sides of the crops for the conic solvers; one that needs more than LIMIT seconds stops there.
SIDES, LIMIT = (32, 64, 96, 128), 60.0
TAU = 8 / 255


def images(count: int) -> torch.Tensor:
    """Demo scenes, float64 (count, 3, 224, 224) in [0, 1]."""
    scenes = [render_scene(2026, index, "validation").rgb for index in range(count)]
    return torch.from_numpy(np.stack(scenes).transpose(0, 3, 1, 2) / 255)


def side_by_side(tasks: dict[str, Callable[[], object]]) -> dict[str, float]:
    """Median seconds of each task over rounds in which the tasks take turns."""
    for task in tasks.values():
        task()
    times: dict[str, list[float]] = {name: [] for name in tasks}
    for _ in range(ROUNDS):
        for name, task in tasks.items():
            start = time.perf_counter()
            task()
            times[name].append(time.perf_counter() - start)
    return {name: float(np.median(values)) for name, values in times.items()}


def against_the_network(x: torch.Tensor, gradient: torch.Tensor) -> list[dict[str, object]]:
    """Time to a certified gap of 1e-3 over that of one forward and backward pass."""
    network = load_classifier(
        ModelConfig(name="mobilenet_v2", width_mult=1.0, num_classes=1000, weights=random_weights())
    )
    labels = torch.zeros(len(x), dtype=torch.int64)
    rows: list[dict[str, object]] = []
    for threads in sorted({1, torch.get_num_threads()}):
        torch.set_num_threads(threads)
        seconds = side_by_side(
            {
                "network": lambda: loss_gradient(network, x.float(), labels, "margin"),
                "solver": lambda: maximise(Ball.around(x, 0.01, TAU), gradient),
            }
        )
        rows.append(
            {
                "threads": threads,
                "batch": len(x),
                "network ms an image": 1e3 * seconds["network"] / len(x),
                "solver ms an image": 1e3 * seconds["solver"] / len(x),
                "ratio": seconds["solver"] / seconds["network"],
            }
        )
    return rows


def random_weights() -> str:
    """A file of MobileNetV2's initial weights: the time of a pass does not depend on them."""
    import tempfile

    import torchvision

    path = Path(tempfile.mkdtemp()) / "weights.pth"
    torch.save(torchvision.models.mobilenet_v2(weights=None).state_dict(), path)
    return str(path)


def iterations(x: torch.Tensor, gradient: torch.Tensor) -> list[dict[str, object]]:
    """Iterations to a certified gap, over images and settings."""
    rows: list[dict[str, object]] = []
    for epsilon, tau in ((0.01, TAU), (0.01, None), (0.002, TAU), (0.05, TAU)):
        for gap in (1e-2, 1e-3, 1e-4):
            found = maximise(Ball.around(x, epsilon, tau), gradient, gap=gap)
            counts = found.iterations.double()
            rows.append(
                {
                    "epsilon": epsilon,
                    "tau x 255": None if tau is None else tau * 255,
                    "gap": gap,
                    "mean iterations": float(counts.mean()),
                    "most": int(counts.max()),
                    "share that reached it": float((found.gap <= gap).double().mean()),
                }
            )
    return rows


def growth(x: torch.Tensor, gradient: torch.Tensor) -> list[dict[str, object]]:
    """Time an image to a gap of 1e-3 against size, channels and batch."""
    cases = [(side, 3, 4) for side in (64, 128, 224)] + [(224, 1, 4), (224, 3, 1), (224, 3, 16)]
    tasks = {
        case: (
            lambda s, c, b: (
                lambda: maximise(
                    Ball.around(x[:b, :c, :s, :s], 0.01, TAU), gradient[:b, :c, :s, :s]
                )
            )
        )(*case)
        for case in cases
    }
    seconds = side_by_side({str(case): task for case, task in tasks.items()})
    return [
        {"side": s, "channels": c, "batch": b, "ms an image": 1e3 * seconds[str((s, c, b))] / b}
        for s, c, b in cases
    ]


def against_conic_solvers(x: torch.Tensor, gradient: torch.Tensor) -> list[dict[str, object]]:
    """The same problem, one channel of a crop, all windows: seconds and objectives."""
    rows: list[dict[str, object]] = []
    slow: set[str] = set()
    for side in SIDES:
        image, g = x[0, :1, :side, :side], gradient[0, :1, :side, :side]
        found = maximise(Ball.around(image[None], 0.01, TAU), g[None], gap=1e-5)
        ours = side_by_side(
            {"": lambda i=image, g=g: maximise(Ball.around(i[None], 0.01, TAU), g[None], gap=1e-5)}
        )[""]
        for solver in ("clarabel", "scs"):
            if solver in slow:
                continue
            other = maximise_conic(image, g, model="Q", epsilon=0.01, tau=TAU, solver=solver)
            total = other.setup_seconds + other.solve_seconds
            slow |= {solver} if total > LIMIT else set()
            rows.append(
                {
                    "side": side,
                    "solver": solver,
                    "status": other.status,
                    "its objective over ours": other.objective / float(found.primal[0]),
                    "our bound over our objective": float(found.dual[0] / found.primal[0]),
                    "set-up s": other.setup_seconds,
                    "solve s": other.solve_seconds,
                    "ours s": ours,
                    "ratio": total / ours,
                }
            )
    return rows


def work_of_one_iteration(x: torch.Tensor) -> str:
    """Operations and bytes of one iteration, in words."""
    pixels = x[0].numel()
    taps = Ball.around(x[:1], 0.01, TAU).window.size
    filters = 4 * (taps // 2 * 3 + 1)  # W and W', each in two directions; taps are symmetric
    return (
        f"One iteration on an RGB image touches {pixels:,} pixels. A costs four passes of a "
        f"symmetric {taps}-tap filter, {filters} operations a pixel; the step and, every second "
        "time, the sums add about 25. Eight arrays of float32 are read and two written, "
        f"{10 * 4 * pixels / 1e6:.1f} MB, which comes from the cache behind the core's own."
    )


def main() -> None:
    x = images(16)
    classifier = load_classifier(ModelConfig())
    labels = torch.arange(16) % 10
    gradient = loss_gradient(classifier, x.float(), labels, "margin").double()
    tables = {
        "Beside one forward and backward pass of MobileNetV2": against_the_network(x, gradient),
        "Iterations to a certified gap": iterations(x, gradient),
        "Growth": growth(x, gradient),
        "Against conic solvers, one channel, gap 1e-5": against_conic_solvers(x, gradient),
    }
    text = ["# The solver of the SSIM ball\n", "Written by `make benchmark`.\n"]
    text.append(f"torch {torch.__version__}, {torch.get_num_threads()} threads, RGB 224 x 224.\n")
    text.append(work_of_one_iteration(x) + "\n")
    for title, rows in tables.items():
        text.append(
            f"## {title}\n\n{pd.DataFrame(rows).to_markdown(index=False, floatfmt='.3g')}\n"
        )
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    text.append(f"Peak memory of the whole process: {peak:.0f} MB.\n")
    (HERE / "solver.md").write_text("\n".join(text))
    frames = [pd.DataFrame(rows).assign(table=title) for title, rows in tables.items()]
    pd.concat(frames, ignore_index=True).to_parquet(HERE / "solver.parquet")
    sys.stdout.write("\n".join(text))


if __name__ == "__main__":
    main()
