"""Runs the scripts of the workflow on photographs, each in a forked process, and times them."""

import json
import os
import sys
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import torch
import yaml
from common import HERE, decoded, mobilenet, photograph_files, weights_given
from layers import START, Layers

from ssimball.attacks.interface import loss_gradient
from ssimball.pipeline.by_hand import find_jobs, run_by_hand

ROOT = HERE.resolve().parent
#: A sweep of two settings; null removes a default.
VARIED = {"epsilon": [0.003], "loss": ["cross_entropy"]}
SWEEP = {
    "enabled": True,
    "vary": {**dict.fromkeys(["tau", "model", "window", "steps"]), **VARIED},
}
#: A script, and the object that Snakemake would give to it.
Job = tuple[Path, Any]


def in_child(work: Callable[[], Any], log: Path) -> Any:
    """Return what a function returns in a forked process, as JSON carries it.

    Raises:
        RuntimeError: the function failed; the message is what it printed.
    """
    reading, writing = os.pipe()
    pid = os.fork()
    if pid == 0:
        code = 1
        try:
            descriptor = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
            os.dup2(descriptor, 1)
            os.dup2(descriptor, 2)
            with os.fdopen(writing, "w") as stream:
                json.dump(work(), stream)
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(code)
    os.close(writing)
    with os.fdopen(reading) as stream:
        answer = stream.read()
    if os.waitpid(pid, 0)[1] != 0:
        raise RuntimeError(log.read_text(encoding="utf-8"))
    return json.loads(answer)


def write_manifest(folder: Path, count: int) -> None:
    """List so many photographs that the network classifies as labelled.

    A network with initial weights classifies none; there its predictions are the labels.
    """
    network, rows = mobilenet(folder), []
    for file, label in photograph_files():
        with torch.no_grad():
            predicted = int(network(decoded(file)[None].float()).argmax())
        if predicted == label or weights_given() is None:
            rows.append({"path": str(file), "label": predicted})
        if len(rows) == count:
            break
    pd.DataFrame(rows).to_csv(folder / "photographs.csv", index=False)


def one_pass(folder: Path) -> float:
    """Return the median seconds of a forward and backward pass for one photograph."""
    (folder / "pass").mkdir(exist_ok=True)
    network = mobilenet(folder / "pass")
    x, label = torch.rand(1, 3, 224, 224), torch.zeros(1, dtype=torch.int64)
    seconds = []
    for _ in range(9):
        start = time.perf_counter()
        loss_gradient(network, x, label, "margin")
        seconds.append(time.perf_counter() - start)
    return float(np.median(seconds[2:]))


def plan(folder: Path, images: int, shard_size: int) -> list[Job]:
    """Return the scripts of a run on so many photographs, in an order in which they can run."""
    weights = weights_given()
    settings = {
        "run": f"of_{images}",
        "subset": {"images": images},
        "dataset": {"manifest": {"path": str(folder / "photographs.csv")}},
        "model": {"weights": str(weights or folder / "weights.pth")},
        "execution": {"shard_size": shard_size, "device": "cpu"},
        "sensitivity": SWEEP,
        # Each such network costs the same.
        "randomised": {"layers": [1]},
        # Contact sheets show as many images, however many there are.
        "figures": {"sheet_images": 2},
    }
    overlay = folder / f"of_{images}.yaml"
    overlay.write_text(yaml.safe_dump(settings))
    network = ["networks/mobilenet_v2_tf"] if weights else []
    names = [ROOT / "config" / f"{name}.yaml" for name in ("manifest", *network)]
    return find_jobs(ROOT / "Snakefile", [], [*names, overlay])


def run_job(job: Job, folder: Path) -> dict[str, float]:
    """Run a script in a forked process and return the seconds of each layer."""
    start = time.perf_counter()

    def work() -> dict[str, float]:
        with Layers() as layers:
            run_by_hand(*job, Path())
        return dict(layers.seconds)

    layers: dict[str, float] = in_child(work, folder / "log")
    seconds = time.perf_counter() - start
    # The rest is the start and the end of the process.
    layers[START] = seconds - sum(layers.values()) + layers.get(START, 0.0)
    return layers
