"""Where the border is counted like the rest, the ball does not spend its distortion there."""

from importlib.resources import files

import numpy as np
import pytest
import torch
from PIL import Image, ImageOps

from ssimball.ball.ball import Ball
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.ssim.border import FRAMES, outer_energy
from ssimball.ssim.index import mean_ssim
from ssimball.ssim.windows import gaussian

EPSILON, TAU, SIDE = 0.01, 8 / 255, 224
AREA = {width: 1 - (1 - 2 * width / SIDE) ** 2 for width in FRAMES}


@pytest.fixture(scope="module")
def photographs():
    """Give some of the ImageNet photographs that Foolbox ships, float64 (10, 3, 224, 224)."""
    folder = files("foolbox") / "data"
    paths = sorted(path for path in folder.iterdir() if path.name.startswith("imagenet_"))
    whole = [Image.open(path.open("rb")).convert("RGB") for path in paths[:10]]
    pictures = [np.asarray(ImageOps.fit(image, (SIDE, SIDE))) for image in whole]
    return torch.from_numpy(np.stack(pictures).transpose(0, 3, 1, 2) / 255)


@pytest.fixture(scope="module")
def perturbations(photographs):
    """Give the best perturbations of each boundary for noise, which prefers no place."""
    noise = torch.from_numpy(np.random.default_rng(0).standard_normal(photographs.shape))
    found = {}
    for boundary in ("valid", "reflect"):
        ball = Ball.around(photographs, EPSILON, TAU, window=gaussian(boundary=boundary))
        found[boundary] = BallSolver(ball).maximise(noise).perturbation.double()
    return found


@pytest.mark.parametrize("width", FRAMES)
def test_the_border_gets_its_share_of_the_area(perturbations, width):
    shares = {
        boundary: np.mean([outer_energy(d, width) for d in ds]) / AREA[width]
        for boundary, ds in perturbations.items()
    }
    assert shares["reflect"] <= 1.3
    assert shares["valid"] >= 2


def test_reported_ssim_of_the_reflecting_ball_attains_its_bound(photographs):
    """Model S bounds r over all windows, so over the valid ones by epsilon N / N_valid."""
    x = photographs[:4, :, 60:92, 60:92]
    inner = torch.zeros_like(x)
    # All windows that see these pixels are valid.
    inner[..., 10:-10, 10:-10] = torch.from_numpy(
        np.random.default_rng(1).standard_normal((4, 3, 12, 12))
    )
    ball = Ball.around(x, EPSILON, None, "S")
    d = BallSolver(ball).maximise(inner).perturbation.double()
    deficit, bound = 1 - mean_ssim(x, x + d), EPSILON * (32 / 22) ** 2
    assert bool((deficit <= bound).all())
    assert bool((deficit >= 0.85 * bound).all())
