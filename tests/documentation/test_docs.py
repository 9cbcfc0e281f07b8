"""What the documentation tells people to write does what it says."""

import re
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import torch

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
