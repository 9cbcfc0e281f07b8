"""Checks of certificates: membership in the SSIM ball, dual bounds, and where they come from."""

from collections.abc import Iterator

import numpy as np
import torch
from numpy.typing import NDArray

from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.bracketing import recheck_bracket
from ssimball.attacks.interface import loss_gradient
from ssimball.attacks.scale_search import RESOLUTION
from ssimball.ball.certificate import unit_gradient
from ssimball.config.attacks.ball import BallSettings, SsimBallConfig, SsimBallConicConfig
from ssimball.config.stages.attack import AttackStage
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.images import decode_png, to_tensor

#: Of primal and dual values, relative: the stored ones come from compiled code.
TOLERANCE = 1e-9
#: Of the gradient relative to its largest magnitude: errors of float16 and of float32 networks.
GRADIENT = 5e-3
#: In 8-bit levels. More than half a level, since a value between two levels may round to either.
ROUNDING = 0.5 + 1e-6
#: Tensor columns that make up a certificate.
PROOF = ("gradient", "perturbation", "tangent", "window_multipliers")
#: Tensor columns that make up a bracket, beside the gradient.
BRACKET = ("bracket_point", "bracket_tangent")


def _settings(run: Run, path: str) -> SsimBallConfig | SsimBallConicConfig:
    settings = run.stage(path, AttackStage).settings
    assert isinstance(settings, SsimBallConfig | SsimBallConicConfig)
    return settings


def _ball_attacks(run: Run) -> Iterator[str]:
    """Yield the tables of attacks whose perturbations lie in the SSIM ball."""
    configured = run.study.attack_settings
    for path in run.paths_of(ATTACKS):
        name = artifact_of(path).attack
        # Levels of the sensitivity sweep have the method of the attack that they change.
        changed = configured.get(name.partition("--")[0])
        if isinstance(configured.get(name, changed), BallSettings):
            yield path


def _certificates(run: Run, path: str, tally: Tally) -> None:
    artifact, settings = artifact_of(path), _settings(run, path)
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in run.rows(path, *PROOF, *BRACKET):
        name = row["image_id"]
        if row["perturbation"] is None:
            tally.equal(name, "dual", None, row["dual"])
            continue
        x = to_tensor(decode_png(clean[name]["image_png"]))
        inside, primal, dual, gap = recheck(x, settings, row)
        tally.holds(name, "perturbation", inside, "in the ball", "outside")
        tally.close(name, "primal", primal, row["primal"], TOLERANCE, TOLERANCE)
        tally.close(name, "dual", dual, row["dual"], TOLERANCE, TOLERANCE)
        tally.close(name, "gap", gap, row["gap"], TOLERANCE)
        if row["stopped"] == "gap" and isinstance(settings, SsimBallConfig):
            met = gap <= settings.gap * (1 + TOLERANCE)
            tally.holds(name, "gap", met, f"at most {settings.gap}", gap)
        if settings.steps == 1:
            _check_rounding(row, x.numpy(), tally)
        if isinstance(settings, SsimBallConfig) and settings.bracket:
            _check_bracket(row, x, settings, tally)


def _check_bracket(row: Row, x: torch.Tensor, settings: SsimBallConfig, tally: Tally) -> None:
    """Require the bracket of the true ball to follow from its two stored points."""
    name = row["image_id"]
    parts = ("bracket_scale", "bracket_multiplier", *BRACKET)
    missing = [part for part in parts if row[part] is None]
    if missing:
        tally.holds(name, missing[0], False, "a value", None)
        return
    inside, lower, upper = recheck_bracket(x, settings, row)
    tally.holds(name, "bracket_point", inside, "in the true ball", "outside")
    tally.close(
        name, "bracket_lower, from bracket_point", lower, row["bracket_lower"], TOLERANCE, TOLERANCE
    )
    tally.close(
        name,
        "bracket_upper, from bracket_tangent",
        upper,
        row["bracket_upper"],
        TOLERANCE,
        TOLERANCE,
    )
    ratio = lower / upper if upper else 1.0
    tally.close(name, "bracket_ratio", ratio, row["bracket_ratio"], TOLERANCE)


def _check_rounding(row: Row, x: NDArray[np.float64], tally: Tally) -> None:
    """Require the image stored after one step to be the certificate's perturbation, rounded.

    Where it is dithered, a value may be rounded at a factor larger by the search's resolution.

    Args:
        row: row of the attacks table, with its tensors.
        x: clean image (3, H, W) in [0, 1].
        tally: records the result.
    """
    stored = decode_png(row["adversarial_png"]).transpose(2, 0, 1)
    change = row["scale"] * row["perturbation"].astype(np.float64)
    distance = np.abs(stored - 255 * np.clip(x + change, 0, 1))
    if row["dithered"]:
        distance -= 255 * RESOLUTION * np.abs(change)
    error = float(distance.max())
    what = "adversarial_png, from perturbation and scale"
    tally.holds(row["image_id"], what, error <= ROUNDING, "rounded", f"{error:.3g} levels off")


def _gradients(run: Run, path: str, tally: Tally) -> None:
    """Require the linear problem of a single step to be that of the loss at the clean image."""
    artifact, settings = artifact_of(path), _settings(run, path)
    classifier = run.classifier(artifact.network_prefix)
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in run.rows(path, "gradient", "perturbation"):
        if row["gradient"] is None:
            continue
        x = to_tensor(decode_png(clean[row["image_id"]]["image_png"]))[None]
        label = torch.tensor([row["label"]])
        target = None if row["target"] is None else torch.tensor([row["target"]])
        gradient = loss_gradient(classifier, x, label, settings.loss, target)
        expected = unit_gradient(gradient)[0].float().numpy()
        tally.close(row["image_id"], "gradient", expected, row["gradient"], GRADIENT)
        if row["step_gaps"] is not None:
            gap = float((gradient[0].numpy() * row["perturbation"]).sum())
            tally.close(row["image_id"], "step_gaps", [gap], row["step_gaps"], 0.0, GRADIENT)


def _single_steps(run: Run) -> Iterator[str]:
    """Yield the tables of attacks in the ball that take one step along the image's gradient."""
    for path in _ball_attacks(run):
        settings = _settings(run, path)
        if settings.steps == 1 and settings.method in ("ssim_ball", "ssim_ball_conic"):
            yield path


CHECKS = (
    Check(
        "certificates",
        "perturbations lie in the ball and have the stored bounds",
        _ball_attacks,
        _certificates,
    ),
    Check(
        "gradients",
        "the certificate is for the network's gradient",
        _single_steps,
        _gradients,
        quick=False,
    ),
)
