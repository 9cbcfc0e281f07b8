"""What there is to compute on."""

import os

from ssimball.cli.doctor.interface import Finding


def cores() -> Finding:
    """Cores and memory."""
    import psutil

    memory = psutil.virtual_memory()
    free, total = (size / 2**30 for size in (memory.available, memory.total))
    return Finding("ok", f"{os.cpu_count()} cores, {free:.1f} of {total:.1f} GiB of memory free")


def graphics() -> Finding:
    """CUDA, which is used where there is some, and Apple's MPS, which is not."""
    import torch

    if torch.cuda.is_available():
        return Finding("ok", f"CUDA: {torch.cuda.get_device_name()}, used by device: auto")
    # Its arithmetic has no float64, in which everything is judged.
    apple = " (Apple's MPS is here, and not used)" if torch.backends.mps.is_available() else ""
    remedy = "an NVIDIA GPU and its driver, for large runs; everything runs without"
    return Finding("not needed", f"no CUDA device{apple}", remedy)
