"""SSIM and the solver as public functions."""

import numpy as np
import pytest
import torch

import ssimball


def test_mean_ssim_is_that_of_scikit_image(picture, reference_ssim):
    x, y = (np.stack([picture(n, (3, 20, 31)) for n in numbers]) for numbers in ((0, 1), (6, 4)))
    found = ssimball.ssim(x, y)
    assert found == pytest.approx([reference_ssim(a, b).mean() for a, b in zip(x, y, strict=True)])
    assert ssimball.ssim(x[0], y[0]) == found[0]
    with torch.inference_mode():
        same = ssimball.ssim(torch.from_numpy(x), torch.from_numpy(y))
    assert torch.equal(same, torch.from_numpy(found))
    with pytest.raises(ssimball.InputError, match="make them equal"):
        ssimball.ssim(x, y[:, :, 1:])


def test_maximise_certifies_and_refuses(picture):
    images = torch.from_numpy(picture(0, (3, 20, 20)))[None]
    ball = ssimball.Ball.around(images, epsilon=0.01, tau=8 / 255)
    gradient = torch.from_numpy(np.random.default_rng(0).standard_normal((1, 3, 20, 20)))
    certificate = ssimball.maximise(ball, gradient, gap=1e-4)
    assert float(certificate.gap) <= 1e-4
    assert bool(ball.contains(certificate.perturbation))
    for wrong, message in ((gradient[0], "shape"), (gradient / 0, "NaN")):
        with pytest.raises(ssimball.InputError, match=message):
            ssimball.maximise(ball, wrong)
