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

import torch
from common import EPSILON, TAU, gradients, images, side_by_side, write

from ssimball.ball import Ball
from ssimball.certificate import Certificate
from ssimball.solvers.conic import maximise_conic
from ssimball.solvers.first_order import maximise

SIDES = (32, 64, 96, 128, 224)
GAP = 1e-5
SECONDS, GIGABYTES = 600, 16
#: The same problem so many times over, as a batch: threads take an image each.
BATCH = 16
TITLE = f"One channel, all windows, box and cap, gap {GAP:g}"
REMARK = f"""Ours is the time of a batch of {BATCH} such problems over {BATCH}, on all threads, from
images and gradients to certificates, the making of the ball included; `one alone s` is that of a
single problem, which runs on one thread. The ratio is of the conic solver's set-up and solve, one
problem on one thread, to ours.
"""


def problem(side: int) -> tuple[torch.Tensor, torch.Tensor]:
    """One channel of a crop, and the gradient there: (1, side, side) each."""
    return images()[0, :1, :side, :side], gradients()[0, :1, :side, :side]


def solve(x: torch.Tensor, g: torch.Tensor) -> Certificate:
    """From images to certificates, ball and all."""
    return maximise(Ball.around(x, EPSILON, TAU), g, gap=GAP)


def table() -> list[dict[str, object]]:
    """One row a side and solver."""
    rows: list[dict[str, object]] = []
    given_up: set[str] = set()
    for side in SIDES:
        x, g = (t[None] for t in problem(side))
        batch = [t.expand(BATCH, -1, -1, -1) for t in (x, g)]
        times = side_by_side({"alone": partial(solve, x, g), "batch": partial(solve, *batch)})
        found = solve(x, g)
        seconds = times["batch"] / BATCH
        for solver in ("clarabel", "scs"):
            if solver in given_up:
                continue
            other = in_a_process(side, solver)
            row: dict[str, object] = {"side": side, "solver": solver, "ours s": seconds}
            row["one alone s"] = times["alone"]
            if "objective" in other:
                total = other["setup"] + other["solve"]
                row |= {
                    "status": other["status"],
                    "its objective over ours": other["objective"] / float(found.primal[0]),
                    "our bound over our objective": float(found.dual[0] / found.primal[0]),
                    "set-up s": other["setup"],
                    "solve s": other["solve"],
                    "memory MB": other["memory"],
                    "ratio": total / seconds,
                }
            else:
                given_up.add(solver)
                row["status"] = other["status"]
            rows.append(row)
            sys.stderr.write(f"{row}\n")
    return rows


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
        "status": found.status,
        "objective": found.objective,
        "setup": found.setup_seconds,
        "solve": found.solve_seconds,
        "memory": found.memory_mb,
        "all": time.perf_counter() - start,
    }


if __name__ == "__main__":
    if len(sys.argv) == 3:
        json.dump(one(int(sys.argv[1]), sys.argv[2]), sys.stdout)
    else:
        write("conic", "The fast solver beside conic solvers", {TITLE: table()}, {TITLE: REMARK})
