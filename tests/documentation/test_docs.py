"""What the documentation tells people to write does what it says."""

import ast
import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

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


def test_the_quickstart_says_how_other_packages_get_this_ssim():
    home = {"images": torch.rand(2, 3, 40, 40)}
    home["adversarial"] = (home["images"] + 0.05 * torch.randn(2, 3, 40, 40)).clamp(0, 1)
    *_, block = blocks("quickstart.md")
    calls = ast.parse(block).body
    exec(ast.unparse(calls[:2]), home)
    by_msssim, by_scikit_image = (eval(ast.unparse(call), home) for call in calls[2:])
    ours = ssimball.ssim(home["images"], home["adversarial"]).numpy()
    assert by_msssim.numpy() == pytest.approx(ours, abs=1e-5)
    assert by_scikit_image == pytest.approx(ours[0], abs=1e-5)


def test_the_examples_of_other_libraries_run_in_order():
    home = {}
    for block in blocks("other_libraries.md"):
        exec(block, home)
    bounds = home["SSIMDistance"]()(home["images"], home["adversarial"])
    assert bool((bounds <= 0.01).all())
