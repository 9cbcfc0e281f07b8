"""What the documentation tells people to write does what it says."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import pytorch_msssim
import torch
from skimage.metrics import structural_similarity

import ssimball
from ssimball.attacks.interface import Batch, loss_gradient
from ssimball.attacks.registry import load
from ssimball.config.attacks import gradient as gradient_attacks

DOCS = Path(__file__).resolve().parents[2] / "docs"


def blocks(page):
    return re.findall(r"```python\n(.*?)```", (DOCS / page).read_text(), re.DOTALL)


def test_the_attack_of_the_page_can_be_added(monkeypatch, demo_classifier, picture):
    settings_code, _, module_code, _ = blocks("adding_an_attack.md")
    home = {"__name__": gradient_attacks.__name__}
    exec(settings_code, home)
    monkeypatch.setattr(gradient_attacks, "FgvConfig", home["FgvConfig"], raising=False)
    module = ModuleType("ssimball.attacks.methods.fgv")
    exec(module_code, module.__dict__)
    monkeypatch.setitem(sys.modules, module.__name__, module)

    settings = home["FgvConfig"](epsilon=0.05)
    assert settings.budget == 0.05
    images = torch.from_numpy(np.stack([picture(n, (3, 64, 64)) for n in (0, 6)]))
    labels = demo_classifier(images).argmax(1)
    batch = Batch(images, labels, [np.random.default_rng(n) for n in (0, 1)])
    result = load("fgv")(demo_classifier, batch, settings)
    gradient = loss_gradient(demo_classifier, images, labels, "margin")
    for x, g, found in zip(images, gradient, result.adversarial, strict=True):
        expected = torch.clamp(x + 0.05 * g / g.abs().max(), 0, 1)
        assert found.numpy() == pytest.approx(expected.numpy(), abs=1e-12)


def test_the_examples_of_the_quickstart_run_in_order(capsys):
    home = {}
    for block in blocks("quickstart.md"):
        exec(block, home)
    assert bool((home["result"].ssim >= 0.99).all())
    printed = capsys.readouterr().out
    shown = re.search(r"print\(maps\)  # (.*)", "".join(blocks("quickstart.md")))[1]
    assert shown in printed.splitlines()


def test_the_first_block_of_the_readme_runs(capsys):
    text = (DOCS.parent / "README.md").read_text()
    exec(re.search(r"```python\n(.*?)```", text, re.DOTALL)[1], {})
    assert "True" in capsys.readouterr().out


def test_the_quickstart_says_how_other_packages_get_this_ssim(picture):
    x, y = (picture(number, (3, 40, 40)) for number in (0, 4))
    ours = float(ssimball.mean_ssim(x, y))
    by_scikit_image = structural_similarity(
        x,
        y,
        gaussian_weights=True,
        sigma=1.5,
        use_sample_covariance=False,
        data_range=1,
        channel_axis=0,
    )
    assert by_scikit_image == pytest.approx(ours, abs=1e-12)
    single = (torch.from_numpy(image)[None] for image in (x, y))
    [by_msssim] = pytorch_msssim.ssim(*single, data_range=1, size_average=False)
    assert float(by_msssim) == pytest.approx(ours, abs=1e-5)
