"""Compare the fast solver with Clarabel and SCS on one problem, up to a time and memory limit.

``make benchmark`` writes benchmarks/conic.md and benchmarks/conic.parquet. Each conic solve runs in
its own process, so that memory and time can be limited.
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

#: Sides of the images in pixels.
SIDES = (32, 64, 96, 128, 224)
#: Relative duality gap of the fast solver.
GAP = 1e-5
#: Limits of a conic solve.
SECONDS, GIGABYTES = 600, 16
#: Runs of the fast solver before and after every conic solve. It takes milliseconds, and the speed
#: of a machine drifts within the minutes that a conic solver needs.
ROUNDS = 100
#: Runs of a conic solve that takes less than SHORT_SECONDS; their median is reported.
REPEATS, SHORT_SECONDS = 3, 30
#: Copies of the problem that the fast solver solves as a batch, one image per thread.
BATCH = 16
TITLE = f"One channel, all windows, box and cap, gap {GAP:g}"
REMARK = f"""`fast solver, s` is the time of a batch of {BATCH} such problems divided by {BATCH}, on
all threads, from images and gradients to certificates, including the ball. `single problem, s` is
the time of one problem, which runs on one thread. `time ratio` is the conic solver's setup and
solve, one problem on one thread, divided by `fast solver, s`. The fast solver's times are medians
of {ROUNDS} runs before and {ROUNDS} runs after each conic solve. Conic solves of less than
{SHORT_SECONDS} s are medians of {REPEATS}.
"""


def problem(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """Return one channel of a crop, and the gradient there: (1, side, side) each."""
    return images()[0, :1, :side, :side], gradients()[0, :1, :side, :side]


def solve(x: torch.Tensor, g: torch.Tensor) -> Certificate:
    """Solve from images to certificates, including the ball."""
    return BallSolver(Ball.around(x, EPSILON, TAU)).maximise(g, gap=GAP)


def table() -> list[dict[str, object]]:
    """Return one row per side and solver."""
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
            row |= {"fast solver, s": times["batch"] / BATCH, "single problem, s": times["alone"]}
            if "objective" in other:
                total = other["setup"] + other["solve"]
                row |= {
                    "status": other["status"],
                    "objective / fast objective": other["objective"] / float(found.primal[0]),
                    "fast bound / fast objective": float(found.dual[0] / found.primal[0]),
                    "setup, s": other["setup"],
                    "solve, s": other["solve"],
                    "memory, MB": other["memory"],
                    "time ratio": total * BATCH / times["batch"],
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
    """Return median seconds of the fast solver, single and batch, and the median conic solve."""
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
    """Run :func:`solve_conic` in a process; return its result, or a status that names the limit."""
    command = [sys.executable, __file__, str(side), solver]
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=SECONDS, check=False)
    except subprocess.TimeoutExpired:
        return {"status": f"no result in {SECONDS} s"}
    if done.returncode != 0:
        last = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
        return {"status": f"stopped with a limit of {GIGABYTES} GB: {last[:80]}"}
    found: dict[str, float] = json.loads(done.stdout)
    return found


def solve_conic(side: int, solver: str) -> dict[str, object]:
    """Run a single conic solve."""
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
        json.dump(solve_conic(int(sys.argv[1]), sys.argv[2]), sys.stdout)
    else:
        write(
            "conic",
            "The fast solver compared with conic solvers",
            {TITLE: table()},
            {TITLE: REMARK},
        )
