"""The SSIM ball: membership, dual bounds, and that stored images and gradients belong to them."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.interface import loss_gradient
from ssimball.attacks.registry import settings_of
from ssimball.ball.certificate import unit_gradient
from ssimball.config.attacks.ball import BallSettings, SsimBallConfig, SsimBallConicConfig
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.images import decode_png, to_tensor

#: Of primal and dual values, relative: stored ones come from compiled code.
TOLERANCE = 1e-9
#: Of the gradient over its largest magnitude: that of float16, and of float32 networks.
GRADIENT = 5e-3
#: Beyond half a level: a value that lies between two is rounded to either.
ROUNDING = 0.5 + 1e-6
PROOF = ("gradient", "perturbation", "tangent", "window_multipliers")


def _settings(run: Run, artifact: str) -> SsimBallConfig | SsimBallConicConfig:
    found = settings_of(run.origin(artifact)["stage"]["settings"])
    assert isinstance(found, SsimBallConfig | SsimBallConicConfig)
    return found


def _of_balls(run: Run) -> Iterator[str]:
    """Tables of attacks that follow the SSIM ball."""
    for path in run.of(ATTACKS):
        name = artifact_of(path).attack
        # Levels of the sensitivity sweep are of the base's method.
        known = run.study.attack_settings
        one = known.get(name, known.get(run.study.sensitivity.base))
        if isinstance(one, BallSettings):
            yield path


def _certificates(run: Run, artifact: str, tally: Tally) -> None:
    one, settings = artifact_of(artifact), _settings(run, artifact)
    clean = run.clean(one.place, one.shard)
    for row in run.rows(artifact, *PROOF):
        name = row["image_id"]
        if row["perturbation"] is None:
            tally.equal(name, "dual", None, row["dual"])
            continue
        x = to_tensor(decode_png(clean[name]["image_png"]))
        inside, primal, dual, gap = recheck(x, settings, row)
        tally.true(name, "perturbation", inside, "in the ball", "outside")
        tally.close(name, "primal", primal, row["primal"], TOLERANCE, TOLERANCE)
        tally.close(name, "dual", dual, row["dual"], TOLERANCE, TOLERANCE)
        tally.close(name, "gap", gap, row["gap"], TOLERANCE)
        if row["stopped"] == "gap" and isinstance(settings, SsimBallConfig):
            most = settings.gap * (1 + TOLERANCE)
            tally.true(name, "gap", gap <= most, f"at most {settings.gap}", gap)
        if settings.steps == 1:
            _rounded(row, x.numpy(), tally)


def _rounded(row: Row, x: NDArray[np.float64], tally: Tally) -> None:
    """With one step, what is stored is the perturbation of the certificate, scaled and rounded."""
    stored = decode_png(row["adversarial_png"]).transpose(2, 0, 1)
    levels = 255 * np.clip(x + row["scale"] * row["perturbation"].astype(np.float64), 0, 1)
    off = float(np.abs(stored - levels).max())
    what = "adversarial_png, from perturbation and scale"
    tally.true(row["image_id"], what, off <= ROUNDING, "rounded", f"{off:.3g} levels off")


def _gradients(run: Run, artifact: str, tally: Tally) -> None:
    """Of a single step the linear problem is that of the loss at the clean image."""
    one, settings = artifact_of(artifact), _settings(run, artifact)
    classifier = run.classifier(one.place)
    clean = run.clean(one.place, one.shard)
    for row in run.rows(artifact, "gradient", "perturbation"):
        if row["gradient"] is None:
            continue
        x = to_tensor(decode_png(clean[row["image_id"]]["image_png"]))[None]
        label = torch.tensor([row["label"]])
        target = None if row["target"] is None else torch.tensor([row["target"]])
        found = loss_gradient(classifier, x, label, settings.loss, target)
        expected = unit_gradient(found)[0].float().numpy()
        tally.close(row["image_id"], "gradient", expected, row["gradient"], GRADIENT)
        if row["step_gaps"] is not None:
            gap = float((found[0].numpy() * row["perturbation"]).sum())
            tally.close(row["image_id"], "step_gaps", [gap], row["step_gaps"], 0.0, GRADIENT)


def _of_own_gradients(run: Run) -> Iterator[str]:
    """Of these, one step along the image's own gradient."""
    for path in _of_balls(run):
        settings = _settings(run, path)
        if settings.steps == 1 and settings.method in ("ssim_ball", "ssim_ball_conic"):
            yield path


CHECKS = (
    Check("certificates", "in the ball, with these bounds", _of_balls, _certificates),
    Check(
        "gradients",
        "the certificate is of the network's gradient",
        _of_own_gradients,
        _gradients,
        quick=False,
    ),
)
