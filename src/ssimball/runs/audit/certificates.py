"""Checks of certificates: membership in the SSIM ball, dual bounds, and where they come from."""

from collections.abc import Iterator
from functools import lru_cache

import torch

from ssimball.attacks.ball_settings import recheck
from ssimball.attacks.bracketing import recheck_bracket
from ssimball.attacks.interface import loss_gradient
from ssimball.attacks.linear_radius import radius_from
from ssimball.ball.certificate import unit_gradient
from ssimball.config.attacks.ball import BallSettings, SsimBallConfig, SsimBallConicConfig
from ssimball.config.stages.attack import AttackStage
from ssimball.models.classifier import Classifier
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.interface import Check
from ssimball.runs.audit.linear_radius import (
    check_linear_radius,
    check_margin,
    check_radius,
)
from ssimball.runs.audit.pictures import image_of
from ssimball.runs.audit.steps import (
    GRADIENT,
    check_first_step,
    check_image,
    check_iterate,
    check_scope,
)
from ssimball.runs.layout import artifact_of
from ssimball.runs.run import Row, Run
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.certificate import SCOPE

#: Of primal and dual values, relative: the stored ones come from compiled code.
TOLERANCE = 1e-9
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
    for row in run.rows(path, *PROOF, "iterate", *BRACKET):
        name = row["image_id"]
        if row["perturbation"] is None:
            for column in ("dual", *(column.name for column in SCOPE)):
                tally.equal(name, column, None, row[column])
            continue
        check_scope(row, settings, tally)
        x = image_of(clean[name]["image_png"])
        inside, primal, dual, gap = recheck(x, settings, row)
        tally.holds(name, "perturbation", inside, "in the ball", "outside")
        tally.close(name, "primal", primal, row["primal"], TOLERANCE, TOLERANCE)
        tally.close(name, "dual", dual, row["dual"], TOLERANCE, TOLERANCE)
        tally.close(name, "gap", gap, row["gap"], TOLERANCE)
        if row["stopped"] == "gap" and isinstance(settings, SsimBallConfig):
            met = gap <= settings.gap * (1 + TOLERANCE)
            tally.holds(name, "gap", met, f"at most {settings.gap}", gap)
        if isinstance(settings, SsimBallConfig):
            check_iterate(row, x, settings, tally)
        check_linear_radius(row, x, settings, tally)
        check_image(row, x.numpy(), settings.steps, tally)
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


@lru_cache(maxsize=64)
def _gradient(
    classifier: Classifier, png: bytes, label: int, loss: str, target: int | None
) -> torch.Tensor:
    """Return the gradient of a loss at a stored image, (1, 3, H, W); attacks have it in common."""
    labels = torch.tensor([label])
    targets = None if target is None else torch.tensor([target])
    return loss_gradient(classifier, image_of(png)[None], labels, loss, targets)


def _gradients(run: Run, path: str, tally: Tally) -> None:
    """Require the linear problem of the first step to be that of the loss at the clean image."""
    artifact, settings = artifact_of(path), _settings(run, path)
    classifier = run.classifier(artifact.network_prefix)
    clean = run.clean(artifact.network_prefix, artifact.shard)
    for row in run.rows(path, "gradient", "perturbation", "iterate"):
        if row["gradient"] is None:
            continue
        png, target = clean[row["image_id"]]["image_png"], row["target"]
        x = image_of(png)[None]
        gradient = _gradient(classifier, png, row["label"], settings.loss, target)
        if row["linear_margin"] is not None:
            check_margin(row, float(gradient.abs().max()), tally)
        if settings.steps > 1:
            assert isinstance(settings, SsimBallConfig)
            start = check_first_step(row, x, gradient, settings, tally)
            if row["linear_margin"] is not None:
                radius = radius_from(x[0], settings, row["budget"], start, row["linear_margin"])
                check_radius(row, radius, 2 * GRADIENT, tally)
            continue
        expected = unit_gradient(gradient)[0].float().numpy()
        tally.close(row["image_id"], "gradient", expected, row["gradient"], GRADIENT)
        if row["step_gaps"] is not None:
            gap = float((gradient[0].numpy() * row["perturbation"]).sum())
            tally.close(row["image_id"], "step_gaps", [gap], row["step_gaps"], 0.0, GRADIENT)


def _own_gradients(run: Run) -> Iterator[str]:
    """Yield the tables of attacks in the ball whose first step follows the image's gradient."""
    for path in _ball_attacks(run):
        if _settings(run, path).method in ("ssim_ball", "ssim_ball_conic"):
            yield path


CHECKS = (
    Check(
        "certificates",
        "perturbations lie in the ball and have the stored bounds",
        _ball_attacks,
        _certificates,
        cost=0.02,
    ),
    Check(
        "gradients",
        "the first step's linear problem is that of the network's gradient",
        _own_gradients,
        _gradients,
        quick=False,
        family="network",
        cost=0.07,
    ),
)
