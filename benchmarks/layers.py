"""Attributes the time of a program to layers: network, solver, SSIM, pictures, tables and others.

A timer interrupts the program every two milliseconds. The time since the last interrupt belongs to
the innermost function on the stack that is of a layer. Python handles an interrupt when a call of
compiled code returns, still in the function that made the call, so long calls count in full where
they belong. The interrupts take less than one percent of the time.
"""

import signal
import time
from collections import Counter
from functools import cache
from types import FrameType

INTERVAL = 0.002
START, NETWORK, SOLVER, SSIM, PICTURES, TABLES, FIGURES, REST = (
    *("start of the job", "network", "solver", "SSIM", "pictures", "tables", "drawing of figures"),
    "rest",
)
LAYERS = (NETWORK, SOLVER, SSIM, PICTURES, TABLES, FIGURES, REST, START)
#: Parts of the paths of source files, and their layer; the first that fits counts.
_FILES = {
    "/ssimball/storage/images.py": PICTURES,
    "/ssimball/report/explorer/pictures.py": PICTURES,
    "/ssimball/datasets/": PICTURES,
    "/PIL/": PICTURES,
    "/ssimball/overlap/distortions.py": SSIM,
    "/ssimball/ssim/": SSIM,
    "/ssimball/ball/": SOLVER,
    "/ssimball/models/": NETWORK,
    "/torch/nn/": NETWORK,
    "/torch/autograd/": NETWORK,
    "/torchvision/": NETWORK,
    "/ssimball/storage/": TABLES,
    "/pyarrow/": TABLES,
    "/ssimball/runtime/": START,
    "/numba/": START,
    "/matplotlib/": FIGURES,
    "/seaborn/": FIGURES,
}
#: Functions of the start of a job: the network is built and its weights are read.
_STARTING = ("load_classifier",)


@cache
def _layer_of_file(path: str) -> str | None:
    return next((layer for part, layer in _FILES.items() if part in path), None)


def _layer(frame: FrameType | None) -> str:
    """Return the layer of a stack, from its innermost frame."""
    found = None
    while frame is not None:
        code = frame.f_code
        importing = code.co_name == "<module>" and "/workflow/scripts/" not in code.co_filename
        if code.co_name in _STARTING or (importing and frame.f_back is not None):
            return START
        if "/workflow/scripts/" in code.co_filename:
            break
        found = found or _layer_of_file(code.co_filename)
        frame = frame.f_back
    return found or REST


class Layers:
    """Counts the seconds of each layer while the context is entered; for the main thread."""

    def __init__(self) -> None:
        """Start with nothing."""
        self.seconds: Counter[str] = Counter()
        self._last = 0.0

    def __enter__(self) -> "Layers":
        """Start the timer."""
        self._last = time.perf_counter()
        signal.signal(signal.SIGALRM, self._count)
        signal.setitimer(signal.ITIMER_REAL, INTERVAL, INTERVAL)
        return self

    def __exit__(self, *error: object) -> None:
        """Stop the timer."""
        signal.setitimer(signal.ITIMER_REAL, 0)
        self._count(0, None)

    def _count(self, signal_number: int, frame: FrameType | None) -> None:
        now = time.perf_counter()
        self.seconds[_layer(frame)] += now - self._last
        self._last = now
