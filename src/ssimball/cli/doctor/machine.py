"""Checks of the machine's processor, memory and GPU."""

import os

from ssimball.cli.doctor.interface import Finding, State

_GIB = 2**30


def cores() -> Finding:
    """Report cores and memory."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = memory.available / _GIB, memory.total / _GIB
    return Finding(State.OK, f"{os.cpu_count()} cores, {free:.1f} of {total:.1f} GiB memory free")


def gpu() -> Finding:
    """Check for a CUDA device; Apple's MPS is not used."""
    import torch

    if torch.cuda.is_available():
        name = torch.cuda.get_device_name()
        return Finding(State.OK, f"CUDA: {name}, used if execution.device is auto or cuda")
    # MPS has no float64, in which every image is judged.
    apple = " (this machine has Apple's MPS, which is not used)"
    note = apple if torch.backends.mps.is_available() else ""
    remedy = "an NVIDIA GPU with its driver speeds up large runs; everything runs without"
    return Finding(State.NOT_NEEDED, f"no CUDA device{note}", remedy)
