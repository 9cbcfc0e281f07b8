"""The attack by a conic solver: its gain on a linear model, and its rows."""

import numpy as np
import pytest
import torch

from ssimball.attacks import driver
from ssimball.attacks.ball_settings import window_of
from ssimball.attacks.interface import Batch
from ssimball.attacks.registry import load
from ssimball.attacks.task import Subject, Task
from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Proof, bounds
from ssimball.ball.solvers.conic.backends import OPTIONS
from ssimball.config.attacks.ball import SsimBallConicConfig, WindowConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.study import load_study
from ssimball.errors import ConfigError
from ssimball.ssim.windows import gaussian, uniform

SHAPE = (3, 24, 24)
SETTINGS = {
    model: SsimBallConicConfig(model=model, epsilon=0.05, solver="clarabel") for model in "QSL"
}
every_model = pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)


@pytest.fixture(scope="module")
def model(linear):
    """A linear model whose weight, noise, is stored exactly in float16."""
    weight = torch.from_numpy(np.random.default_rng(1).uniform(-1, 1, SHAPE)).half().double()
    weight[0, 0, 0] = 1.0
    return linear(weight)


@pytest.fixture(scope="module")
def subjects(picture):
    levels = [np.round(255 * picture(n, SHAPE)).astype(np.uint8) for n in (0, 6)]
    return [
        Subject(f"image-{i}", 0, np.ascontiguousarray(rgb.transpose(1, 2, 0)))
        for i, rgb in enumerate(levels)
    ]


def rows(settings, model, subjects, batch_size=1):
    attack = load(settings.method)
    comparison = ComparisonConfig(mode="fixed_budget")
    task = Task("a", attack, settings, model, seed=0, comparison=comparison)
    return list(driver.run(task, subjects, batch_size))


@every_model
def test_stored_image_meets_the_floor_of_mean_ssim(settings, model, subjects):
    clean = [torch.from_numpy(subject.rgb.transpose(2, 0, 1) / 255) for subject in subjects]
    for row, x in zip(rows(settings, model, subjects), clean, strict=True):
        assert row["status"] == "attacked"
        assert settings.mean_ssim_floor <= row["mean_ssim"] < 1
        assert row["margin"] < float(model(x[None])[0, 0]) - 1
        assert ("gap" in row) == (settings.model == "Q")


def test_stored_certificate_is_that_of_the_windows_ball(model, subjects):
    for row, subject in zip(rows(SETTINGS["Q"], model, subjects), subjects, strict=True):
        clean = torch.from_numpy(subject.rgb.transpose(2, 0, 1) / 255)[None]
        ball = Ball.around(clean, 0.05, 8 / 255, window=uniform(8, 4))
        d = torch.from_numpy(row["perturbation"])[None]
        proof = Proof(torch.tensor([row["multiplier"]], dtype=torch.float64))
        found = bounds(ball, torch.from_numpy(row["gradient"])[None], d, proof)
        assert [float(v) for v in found] == [row["primal"], row["dual"], row["gap"]]
        assert bool(ball.contains(d.double()))
        assert row["gap"] < 1e-3
        assert row["stopped"] == "optimal"


@every_model
def test_gain_on_a_linear_model_is_the_objective(settings, model):
    grey = torch.full((2, *SHAPE), 0.5, dtype=torch.float64)
    grey[1] += 0.1
    batch = Batch(grey, torch.tensor([0, 0]), [np.random.default_rng(0)] * 2)
    result = load(settings.method)(model, batch, settings)
    lost = (model(grey) - model(result.adversarial))[:, 0]
    assert bool((lost > 1).all())
    if settings.model == "Q":
        assert result.certificate is not None
        np.testing.assert_allclose(lost, result.certificate.primal, rtol=1e-9)
    assert [report.solver for report in result.solver_reports] == ["clarabel"] * 2


def test_solver_that_gives_up_makes_a_failed_row(monkeypatch, model, subjects):
    monkeypatch.setitem(OPTIONS, "clarabel", {**OPTIONS["clarabel"], "max_iter": 2})
    failed = rows(SETTINGS["Q"], model, subjects, 2)
    assert [row["status"] for row in failed] == [
        "failed: clarabel ended with status user_limit"
    ] * 2


def test_windows_that_do_not_cover_the_image_make_a_failed_row(model, subjects):
    settings = SsimBallConicConfig(window=WindowConfig(size=7, stride=7), solver="clarabel")
    assert all("a side of 24 pixels" in row["status"] for row in rows(settings, model, subjects))


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        ({}, uniform(8, 4)),
        ({"kind": "gaussian", "size": 11, "stride": 1}, gaussian()),
        ({"kind": "gaussian", "size": 7, "sigma": 2, "stride": 3}, gaussian(7, 2.0, 3)),
    ],
)
def test_window_is_what_the_settings_say(window, expected):
    settings = SsimBallConicConfig(window=WindowConfig.model_validate(window))
    stored = SsimBallConicConfig.model_validate(settings.model_dump(mode="json"))
    assert stored == settings
    assert window_of(stored) == expected


@pytest.mark.parametrize(
    ("settings", "part"),
    [
        ({"window": {"sigma": 1.5}}, "sigma"),
        ({"window": {"size": 3}}, "stride"),
        ({"model": "X"}, "model"),
        ({"steps": 2}, "steps"),
        ({"solver": "gurobi"}, "solver"),
    ],
)
def test_impossible_settings_are_rejected_by_name(settings, part):
    raw = {"attack_settings": {"conic": {"method": "ssim_ball_conic", **settings}}}
    with pytest.raises(ConfigError, match=part):
        load_study(raw)
