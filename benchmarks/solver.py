"""Measure the certified solver of the SSIM ball, also relative to a pass of the network.

``make benchmark`` writes benchmarks/solver.md and benchmarks/solver.parquet. Ratios compare times
that were measured in turns, within this one run.
"""

import json
import subprocess
import sys
import tempfile
from collections.abc import Callable
from functools import partial
from itertools import product
from pathlib import Path
from typing import Literal

import limits
import numpy as np
import torch
from common import (
    EPSILON,
    TAU,
    WINDOW,
    Rows,
    gradients,
    images,
    mobilenet,
    photographs,
    ratio,
    shipped_pass,
    side_by_side,
    turns,
    write,
)

from ssimball.attacks.driver import run
from ssimball.attacks.interface import loss_gradient
from ssimball.attacks.task import Subject, Task
from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate, join
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.relinearise import RelinearisingSolver
from ssimball.ball.stopping import Stopped
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.runtime.memory import peak_memory
from ssimball.ssim.windows import SSIM_WINDOW

#: Rounds behind each ratio; times vary by tens of percent from round to round.
RATIO_ROUNDS = 10


def solve(x: torch.Tensor, g: torch.Tensor) -> Certificate:
    """Solve from images to certificate, including the ball, at the default settings."""
    return BallSolver(Ball.around(x, EPSILON, TAU, window=WINDOW)).maximise(g)


def against_the_network(folder: Path) -> Rows:
    """Compare a solve to a gap of 1e-3 with one forward and backward pass of the network."""
    network, shipped = mobilenet(folder), shipped_pass()
    cases = [("cpu", threads) for threads in sorted({1, torch.get_num_threads()})]
    cases += [("cuda", torch.get_num_threads())] if torch.cuda.is_available() else []
    problems = {"scenes": (images()[:8], gradients()[:8]), "photographs": photographs()}
    rows: Rows = []
    for (device, threads), (kind, problem) in product(cases, problems.items()):
        torch.set_num_threads(threads)
        x, g = (tensor.to(device) for tensor in problem)
        there, labels = network.to(device), torch.zeros(len(x), dtype=torch.int64, device=device)
        passes = partial(loss_gradient, there, x.float(), labels, "margin")
        tasks = {
            "network": on(device, passes),
            "shipped": on(device, partial(shipped, x.float())),
            "solver": on(device, partial(solve, x, g)),
        }
        times = turns(tasks, RATIO_ROUNDS)
        ms = {name: 1e3 * float(np.median(each)) / len(x) for name, each in times.items()}
        rows.append(
            {
                "device": device,
                "threads": threads,
                "images": f"{len(x)} {kind}",
                "network, ms per image": ms["network"],
                "network as shipped, ms": ms["shipped"],
                "solver, ms per image": ms["solver"],
                "solver / network": ratio(times, "solver", "network"),
                "solver / network as shipped": ratio(times, "solver", "shipped"),
            }
        )
    return rows


def on(device: str, task: Callable[[], object]) -> Callable[[], object]:
    """Return the task followed by a wait for the device's queue."""

    def whole() -> None:
        task()
        if device == "cuda":
            torch.cuda.synchronize()

    return whole


def share_of_the_attack(folder: Path) -> Rows:
    """Measure whole attacks, stored and judged, and their parts, on photographs.

    One image at a time and one thread, as in a job of the pipeline.
    """
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    network, shipped = mobilenet(folder), shipped_pass()
    x, g = (tensor[:4] for tensor in photographs())
    labels = network(x.float()).argmax(1)
    subjects = [
        Subject(str(i), int(labels[i]), (255 * image).round().byte().permute(1, 2, 0).numpy())
        for i, image in enumerate(x)
    ]

    def attack(mode: Literal["fixed_budget", "matched_quality"]) -> Callable[[], object]:
        comparison = ComparisonConfig(mode=mode)
        task = Task.load("ssim_ball", SsimBallConfig(), network, comparison=comparison)
        return lambda: list(run(task, subjects, 1))

    def singly(part: Callable[[slice], object]) -> Callable[[], object]:
        return lambda: [part(slice(i, i + 1)) for i in range(len(x))]

    tasks = {
        "pass of the network": singly(lambda i: loss_gradient(network, x[i], labels[i], "margin")),
        "pass of the network as shipped": singly(lambda i: shipped(x[i].float())),
        "whole attack, fixed budget": attack("fixed_budget"),
        "whole attack, matched quality": attack("matched_quality"),
        "linear problem": singly(lambda i: solve(x[i], g[i])),
    }
    times = turns(tasks, RATIO_ROUNDS)
    torch.set_num_threads(threads)
    return [
        {
            "part": part,
            "ms per image": 1e3 * float(np.median(each)) / len(x),
            "over a pass": ratio(times, part, "pass of the network"),
            "over a pass as shipped": ratio(times, part, "pass of the network as shipped"),
        }
        for part, each in times.items()
    ]


def iterations() -> Rows:
    """Count the iterations to a certified gap, over images and settings."""
    rows: Rows = []
    for epsilon, tau in ((0.01, TAU), (0.01, None), (0.002, TAU), (0.05, TAU)):
        ball = Ball.around(images(), epsilon, tau, window=WINDOW)
        for gap in (1e-2, 1e-3, 1e-4):
            found = BallSolver(ball).maximise(gradients(), gap=gap)
            rows.append(
                {"epsilon": epsilon, "tau x 255": tau and 255 * tau, "gap": gap, **counts(found)}
            )
    return rows


def counts(found: Certificate) -> dict[str, object]:
    """Summarise the iterations of a batch."""
    number = found.iterations.double()
    reached = [stopped is Stopped.GAP for stopped in found.stopped]
    return {
        "mean iterations": float(number.mean()),
        "max iterations": int(number.max()),
        "share that reached the gap": float(np.mean(reached)),
    }


def models() -> Rows:
    """Measure every model of the ball on photographs, if given, one by one; gap 1e-3."""
    around = partial(Ball.around, epsilon=EPSILON, tau=TAU, window=WINDOW)
    cases = {
        "Q": around,
        "Q, windows inside the image": partial(around, window=SSIM_WINDOW),
        "Q, relinearised": around,
        "S": partial(around, model="S"),
        "L": partial(around, model="L"),
        "Q and L": partial(around, epsilon_local=0.05),
        "S and L": partial(around, model="S", epsilon_local=0.05),
    }
    (x, g), rows = photographs(), []
    for name, ball in cases.items():
        solver = RelinearisingSolver if "relinearised" in name else BallSolver
        # Q, S and L alone take little time; the others are measured on two photographs.
        singles = range(2 if " and " in name or "relinearised" in name else len(x))
        solve_one = partial(lambda s, b, i: s(b(x[i : i + 1])).maximise(g[i : i + 1]), solver, ball)
        found = join([solve_one(i) for i in singles])
        seconds = [side_by_side({"": partial(solve_one, i)}, rounds=1)[""] for i in singles]
        rows.append({"model": name, "s per image": float(np.mean(seconds)), **counts(found)})
    return rows


def growth() -> Rows:
    """Measure time and memory per image, to a gap of 1e-3, by size, channels and batch."""
    cases = [(side, 3, 4) for side in (64, 128, 224)] + [(224, 1, 4), (224, 3, 1), (224, 3, 16)]
    x, g = images(), gradients()
    tasks: dict[str, Callable[[], object]] = {
        str((s, c, b)): partial(solve, x[:b, :c, :s, :s], g[:b, :c, :s, :s]) for s, c, b in cases
    }
    seconds, rows = side_by_side(tasks), []
    for s, c, b in cases:
        peak = memory_of((s, c, b))
        rows.append(
            {
                "side": s,
                "channels": c,
                "batch": b,
                "ms per image": 1e3 * seconds[str((s, c, b))] / b,
                "peak MB per image": peak and peak / b,
            }
        )
    return rows


def memory_of(case: tuple[int, int, int]) -> float | None:
    """Return the peak of one solve in a fresh process, in MB."""
    command = [sys.executable, __file__, *(str(number) for number in case)]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def peak_of_solve(side: int, channels: int, batch: int) -> float | None:
    """Return the peak memory of one solve in this process, in MB; see :func:`memory_of`."""
    x = images()[:batch, :channels, :side, :side].clone()
    g = torch.randn(x.shape, dtype=torch.float64, generator=torch.Generator().manual_seed(0))
    solve(x[:1, :, :32, :32], g[:1, :, :32, :32])  # compiles, loads
    with peak_memory() as peak:
        solve(x, g)
    return peak.megabytes


def main() -> None:
    network = "Compared with one forward and backward pass of MobileNetV2"
    limit = "Limits of an iteration, one thread"
    with tempfile.TemporaryDirectory() as folder:
        tables = {
            network: against_the_network(Path(folder)),
            "One attack on one image at a time, one thread": share_of_the_attack(Path(folder)),
        }
    tables |= {
        limit: limits.table(),
        "Iterations to a certified gap, model Q": iterations(),
        "Models, gap 1e-3": models(),
        "Growth with size, channels and batch": growth(),
    }
    title = "The solver of the SSIM ball, RGB 224 x 224"
    write("solver", title, tables, {limit: limits.TEXT})


if __name__ == "__main__":
    if len(sys.argv) == 4:
        json.dump(peak_of_solve(*(int(number) for number in sys.argv[1:])), sys.stdout)
    else:
        main()
