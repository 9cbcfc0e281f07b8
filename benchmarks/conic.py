"""The fast solver beside Clarabel and SCS on one problem, until they run out of time or memory.

``make benchmark`` writes benchmarks/conic.md and benchmarks/conic.parquet. Each conic solve runs in
a process of its own, so that a limit of memory can be set and a limit of time enforced.
"""

import json
import resource
import subprocess
import sys
import time
from functools import partial

import numpy as np
import torch
from common import EPSILON, TAU, gradients, images, turns, write

from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ball.solvers.conic.solve import maximise_conic

SIDES = (32, 64, 96, 128, 224)
GAP = 1e-5
SECONDS, GIGABYTES = 600, 16
#: Ours is measured before and after every conic solve, so often each time: it takes milliseconds,
#: and the speed of a machine drifts within the minutes that a conic solver needs.
ROUNDS = 100
#: A conic solve is repeated, for the median, as long as it is this short.
REPEATS, SHORT_SECONDS = 3, 30
#: The same problem so many times over, as a batch: threads take an image each.
BATCH = 16
TITLE = f"One channel, all windows, box and cap, gap {GAP:g}"
REMARK = f"""Ours is the time of a batch of {BATCH} such problems over {BATCH}, on all threads, from
images and gradients to certificates, the making of the ball included; `one alone s` is that of a
single problem, which runs on one thread. The ratio is of the conic solver's set-up and solve, one
problem on one thread, to ours. Ours is the median of {ROUNDS} runs before and as many after each
conic solve; those of less than {SHORT_SECONDS} s are medians of {REPEATS}.
"""


def problem(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One channel of a crop, and the gradient there: (1, side, side) each."""
    return images()[0, :1, :side, :side], gradients()[0, :1, :side, :side]


def solve(x: torch.Tensor, g: torch.Tensor) -> Certificate:
    """From images to certificates, ball and all."""
    return BallSolver(Ball.around(x, EPSILON, TAU)).maximise(g, gap=GAP)


def table() -> list[dict[str, object]]:
    """One row a side and solver."""
    rows: list[dict[str, object]] = []
    given_up: set[str] = set()
    for side in SIDES:
        x, g = (t[None] for t in problem(side))
        found = solve(x, g)
        for solver in ("clarabel", "scs"):
            if solver in given_up:
                continue
            times, other = in_turns(x, g, solver)
            row: dict[str, object] = {"side": side, "solver": solver}
            row |= {"ours s": times["batch"] / BATCH, "one alone s": times["alone"]}
            if "objective" in other:
                total = other["setup"] + other["solve"]
                row |= {
                    "status": other["status"],
                    "its objective over ours": other["objective"] / float(found.primal[0]),
                    "our bound over our objective": float(found.dual[0] / found.primal[0]),
                    "set-up s": other["setup"],
                    "solve s": other["solve"],
                    "memory MB": other["memory"],
                    "ratio": total * BATCH / times["batch"],
                }
            else:
                given_up.add(solver)
                row["status"] = other["status"]
            rows.append(row)
            sys.stderr.write(f"{row}\n")
    return rows


def in_turns(
    x: torch.Tensor, g: torch.Tensor, solver: str
) -> tuple[dict[str, float], dict[str, float]]:
    """Median seconds of ours, one alone and a batch, and the conic solve of median time."""
    batch = [t.expand(BATCH, -1, -1, -1) for t in (x, g)]
    tasks = {"alone": partial(solve, x, g), "batch": partial(solve, *batch)}
    times, others = [turns(tasks, ROUNDS)], []
    for _ in range(REPEATS):
        others.append(in_a_process(x.shape[-1], solver))
        times.append(turns(tasks, ROUNDS))
        if others[-1].get("all", SECONDS) > SHORT_SECONDS:
            break
    others.sort(key=lambda other: other.get("all", SECONDS))
    medians = {name: float(np.median([t for one in times for t in one[name]])) for name in tasks}
    return medians, others[len(others) // 2]


def in_a_process(side: int, solver: str) -> dict[str, float]:
    """What :func:`one` says, or a status that names the limit it ran into."""
    command = [sys.executable, __file__, str(side), solver]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"status": f"no answer in {SECONDS} s"}
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return {"status": f"ended within {GIGABYTES} GB of memory: {last[:80]}"}
    found: dict[str, float] = json.loads(done.stdout)
    return found


def one(side: int, solver: str) -> dict[str, object]:
    """A single conic solve."""
    limit = GIGABYTES * 10**9
    resource.setrlimit(resource.RLIMIT_DATA, (limit, limit))
    torch.set_num_threads(1)
    x, g = problem(side)
    start = time.perf_counter()
    found = maximise_conic(x, g, model="Q", epsilon=EPSILON, tau=TAU, solver=solver)
    return {
        "status": found.outcome.status,
        "objective": found.objective,
        "setup": found.outcome.setup_seconds,
        "solve": found.outcome.solve_seconds,
        "memory": found.outcome.memory_mb,
        "all": time.perf_counter() - start,
    }


if __name__ == "__main__":
    if len(sys.argv) == 3:
        json.dump(one(int(sys.argv[1]), sys.argv[2]), sys.stdout)
    else:
        write("conic", "The fast solver beside conic solvers", {TITLE: table()}, {TITLE: REMARK})
