"""Choose the device, and make a GPU round as a CPU does and repeat its results."""

import os
from typing import Literal

import torch

from ssimball.errors import SsimballError

DeviceChoice = Literal["auto", "cpu", "cuda"]


def select_device(choice: DeviceChoice) -> str:
    """Return the device to compute on, ``cpu`` or ``cuda``.

    Args:
        choice: the setting ``execution.device``; ``auto`` takes a GPU where there is one.

    Raises:
        SsimballError: ``cuda`` is asked for and this machine offers no CUDA device.
    """
    if choice == "cuda" and not torch.cuda.is_available():
        raise SsimballError(
            "execution.device: cuda, but this machine offers no CUDA device; take auto or cpu"
        )
    if choice == "cpu" or not torch.cuda.is_available():
        return "cpu"
    _make_repeatable()
    return "cuda"


def _make_repeatable() -> None:
    """What torch leaves to chance or to speed on a GPU, settled before it is used first.

    By default convolutions there round their factors to 10 bits (TF32), and sums are added in the
    order in which threads happen to end.
    """
    # Matrix products of cuBLAS are repeatable only with a workspace of their own.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # It would else fill every new tensor, which takes time and finds errors of torch's only.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
