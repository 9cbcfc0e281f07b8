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
    """Turn off what makes torch's results on a GPU inexact or different from run to run.

    By default convolutions round their factors to 10 bits (TF32), and sums are added in the order
    in which threads happen to end.
    """
    # cuBLAS repeats its matrix products only with a workspace of fixed size.
    os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
    torch.use_deterministic_algorithms(True)
    # Filling every new tensor takes time and only finds errors inside torch.
    torch.utils.deterministic.fill_uninitialized_memory = False  # type: ignore[attr-defined]
    torch.backends.cudnn.allow_tf32 = False
    torch.backends.cuda.matmul.allow_tf32 = False
