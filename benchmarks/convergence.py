"""Draw the value and the proven bound of the fast solver against its iterations.

``make benchmark`` writes benchmarks/convergence.parquet and docs/figures/convergence.png. The
solver computes the same iterates however many it may make, so stopping it after each number of
iterations shows its course.
"""

import matplotlib as mpl
import pandas as pd
import torch
from common import EPSILON, HERE, TAU, WINDOW, as_in_a_job, photographs
from matplotlib.figure import Figure

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.report.figures.style import COLOURS, REFERENCE, WIDTH, style

#: The last one reaches the optimum to 1e-6 or better.
ITERATIONS = (*range(1, 31), 200)
#: Gap that the solver never reaches before its last iteration.
NEVER = 1e-12
PICTURE = HERE.parent / "docs" / "figures" / "convergence.png"


def course() -> pd.DataFrame:
    """Return a row for each photograph and number of iterations: value, bound and gap."""
    x, g = photographs()
    solver = BallSolver(Ball.around(x, EPSILON, TAU, window=WINDOW), reuse_preparation=True)
    rows = []
    for count in ITERATIONS:
        found = solver.maximise(g, gap=NEVER, max_iterations=count)
        for image in range(len(x)):
            rows.append(
                {
                    "image": image,
                    "iterations": count,
                    "value": float(found.primal[image]),
                    "bound": float(found.dual[image]),
                    "gap": float(found.gap[image]),
                }
            )
    return pd.DataFrame(rows)


def draw(rows: pd.DataFrame) -> Figure:
    """Draw both as shares of the best value, and the gap."""
    best = rows.groupby("image")["value"].transform("max")
    shown = rows.assign(value=rows["value"] / best, bound=rows["bound"] / best)
    shown = shown[shown["iterations"] < max(ITERATIONS)]
    figure = Figure(figsize=(WIDTH, 2.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    for _, one in shown.groupby("image"):
        for column, colour in (("bound", COLOURS[3]), ("value", COLOURS[0])):
            left.plot(one["iterations"], one[column], color=colour, linewidth=0.8)
        right.plot(one["iterations"], one["gap"], color="0.3", linewidth=0.8)
    left.axhline(1, **REFERENCE)
    left.set_ylim(0.95, 1.2)
    left.set_xlabel("iterations")
    left.set_ylabel("share of the best value")
    left.annotate("proven upper bound", (0.55, 0.8), xycoords="axes fraction", color=COLOURS[3])
    left.annotate("value reached", (0.55, 0.1), xycoords="axes fraction", color=COLOURS[0])
    right.axhline(1e-3, **REFERENCE)
    right.annotate("the default stops here", (18.5, 1.2e-3), fontsize=7)
    right.set_yscale("log")
    right.set_xlabel("iterations")
    right.set_ylabel("relative gap between the two")
    return figure


if __name__ == "__main__":
    as_in_a_job()
    mpl.use("agg")
    torch.set_num_threads(1)
    rows = course()
    rows.to_parquet(HERE / "convergence.parquet", index=False)
    with style():
        draw(rows).savefig(PICTURE, dpi=150)
    print(rows.groupby("iterations")["gap"].describe()[["min", "50%", "max"]])
