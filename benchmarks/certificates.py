"""Measure how closely the optimum over the true SSIM ball is bracketed, and what that costs.

``make benchmark`` writes benchmarks/certificates.md and benchmarks/certificates.parquet. With the
folder SSIMBALL_SAMPLE the images are photographs, otherwise demo scenes. ``--images N`` sets how
many are taken at the main settings; the grid of settings takes the first few.
"""

import argparse
import tempfile
import time
from functools import partial
from pathlib import Path

import numpy as np
import torch
from common import Rows, as_in_a_job, mobilenet, photographs, weights_given, write
from torch import Tensor
from torch.nn.functional import interpolate

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import loss_gradient
from ssimball.ball.bracket.bracket import bracket
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.ball import SsimBallConfig

#: Caps in grey levels; None for no cap.
CAPS = (2, 4, 8, 16, None)
EPSILONS = (0.01, 0.003)
SIDES = (112, 224)
#: Images of the grid of all these settings.
FEW = 8
#: Settings for which every image is taken: side, radius, and caps in grey levels.
MAIN = (224, 0.01, (4, 8))
#: Ratios to reach, of which the table has the number of images below.
TARGETS = (0.95, 0.99)
ALL = "Lower over upper bound, all images"
#: Images of which the time is measured, and rounds.
TIMED, ROUNDS = 4, 3


def problems(side: int, count: int) -> tuple[Tensor, Tensor]:
    """Return images (count, 3, side, side) in [0, 1] and the gradients of a network, float64."""
    x, g = photographs(count)
    if side == x.shape[-1]:
        return x, g
    smaller = interpolate(x, (side, side), mode="area")
    x = (255 * smaller).round() / 255
    with tempfile.TemporaryDirectory() as folder:
        network = mobilenet(Path(folder))
        labels = network(x.float()).argmax(1)
        return x, loss_gradient(network, x.float(), labels, "margin").double()


def grid() -> Rows:
    """Return the ratios of the bracket over few images, for every setting."""
    rows: Rows = []
    for side in SIDES:
        x, g = problems(side, FEW)
        rows += [ratios(x, g, epsilon, cap) for epsilon in EPSILONS for cap in CAPS]
    return rows


def ratios(x: Tensor, g: Tensor, epsilon: float, cap: int | None) -> dict[str, object]:
    """Summarise the ratios of the bracket over images, for one radius and cap."""
    tau = None if cap is None else cap / 255
    ratio = bracket(ball_of(x, SsimBallConfig(epsilon=epsilon, tau=tau)), g).ratio.numpy()
    return {
        "side": x.shape[-1],
        "epsilon": epsilon,
        "tau x 255": str(cap or "none"),
        "images": len(ratio),
        "smallest ratio": float(ratio.min()),
        "median ratio": float(np.median(ratio)),
        "1 - ratio, median, %": 100 * float(1 - np.median(ratio)),
        "1 - ratio, largest, %": 100 * float(1 - ratio.min()),
        **{f"images below {target}": int((ratio < target).sum()) for target in TARGETS},
    }


def seconds() -> Rows:
    """Measure the bracket beside the solver of model Q, image by image."""
    rows: Rows = []
    for side in SIDES:
        x, g = problems(side, TIMED)
        ball = partial(ball_of, settings=SsimBallConfig())
        tasks = {
            "bracket": lambda i, x=x, g=g, ball=ball: bracket(ball(x[i : i + 1]), g[i : i + 1]),
            "model Q": lambda i, x=x, g=g, ball=ball: BallSolver(ball(x[i : i + 1])).maximise(
                g[i : i + 1]
            ),
        }
        row: dict[str, object] = {"side": side}
        for name, task in tasks.items():
            times = []
            for i in [0, *range(TIMED)] * ROUNDS:
                start = time.perf_counter()
                task(i)
                times.append(time.perf_counter() - start)
            row[f"{name}, ms per image"] = 1e3 * float(np.median(times))
        rows.append(row)
    return rows


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--images", type=int, default=16, help="images at the main settings")
    count = parser.parse_args().images
    side, epsilon, caps = MAIN
    tables = {
        ALL: [ratios(*problems(side, count), epsilon, cap) for cap in caps],
        f"Every setting, {FEW} of these images": grid(),
        "Time": seconds(),
    }
    network = "MobileNetV2" if weights_given() else "EfficientNet-Lite0"
    remark = (
        f"Images: photographs, gradients of {network}. docs/certificates.md explains both bounds.\n"
    )
    write("certificates", "Bracket of the true SSIM ball", tables, {ALL: remark})


if __name__ == "__main__":
    as_in_a_job()
    torch.set_num_threads(1)
    main()
