"""The calls of other packages that the benchmark's page lists give this project's SSIM."""

import importlib.util
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import ssimball

BENCHMARKS = Path(__file__).resolve().parents[2] / "benchmarks"
PACKAGES = ("scikit-image", "pytorch-msssim", "piq", "torchmetrics", "kornia", "adv-lib")


@pytest.fixture
def packages(monkeypatch):
    """The table of the benchmark, by name."""
    monkeypatch.syspath_prepend(BENCHMARKS)
    spec = importlib.util.spec_from_file_location("ssim_packages", BENCHMARKS / "ssim_packages.py")
    module = importlib.util.module_from_spec(spec)
    # Its dataclass looks for the module by name.
    monkeypatch.setitem(sys.modules, spec.name, module)
    spec.loader.exec_module(module)
    return {package.name: package for package in module.PACKAGES}


def test_all_packages_are_tested(packages):
    assert tuple(packages) == PACKAGES


@pytest.mark.parametrize("name", PACKAGES)
def test_the_listed_call_gives_this_ssim(packages, name, picture):
    package = packages[name]
    pytest.importorskip(package.function.split(".")[0], reason=f"needs {name}: make test-adapters")
    x, y = (
        torch.from_numpy(np.stack([picture(n, (3, 40, 31)) for n in numbers]))
        for numbers in ((0, 1), (6, 4))
    )
    ours = ssimball.ssim(x, y).numpy()
    # pytorch-msssim rounds its window to single precision; the others differ by less than 1e-8.
    precision = 1e-5 if name == "pytorch-msssim" else 1e-8
    assert package.values(package.same, x, y) == pytest.approx(ours, abs=precision)
