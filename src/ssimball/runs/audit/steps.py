"""Checks of what a certificate says it covers, and of the first step's linear problem."""

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.methods.ssim_ball import solver_of
from ssimball.attacks.scale_search import RESOLUTION
from ssimball.ball.certificate import Certificate
from ssimball.ball.scope import CertifiedModel, StoredAs
from ssimball.config.attacks.ball import SsimBallConfig, SsimBallConicConfig
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.pictures import levels
from ssimball.runs.run import Row
from ssimball.storage.contracts.attacks import STEP_GAP

#: Of the gradient relative to its largest magnitude: errors of float16 and of float32 networks.
GRADIENT = 5e-3
#: In 8-bit levels. More than half a level, since a value between two levels may round to either.
ROUNDING = 0.5 + 1e-6
#: Relative error of a number in float16, and of sums of squares of such numbers.
FLOAT16, SQUARES = 2.0**-11, 2e-3


def check_scope(row: Row, settings: SsimBallConfig | SsimBallConicConfig, tally: Tally) -> None:
    """Require a certificate to say what it covers, as it follows from settings and row."""
    has_local = is_relinearised = False
    if isinstance(settings, SsimBallConfig):
        has_local, is_relinearised = settings.epsilon_local is not None, settings.relinearise
    mean = None if settings.model == "L" else settings.model
    expected = {
        "certified_model": CertifiedModel.of(mean, has_local, is_relinearised).value,
        "certified_boundary": settings.boundary,
        "certified_step": settings.steps,
        "steps": settings.steps,
        "stored_as": StoredAs.of(settings.steps, row["scale"], row["dithered"]).value,
    }
    for column, value in expected.items():
        tally.equal(row["image_id"], column, value, row[column])


def check_image(row: Row, x: NDArray[np.float64], steps: int, tally: Tally) -> None:
    """Require the stored image to be that of the certificate's perturbation, or of the iterate.

    Where it is dithered, a value may be rounded at a factor larger by the search's resolution.

    Args:
        row: row of the attacks table, with its tensors.
        x: clean image (3, H, W) in [0, 1].
        steps: number of Frank-Wolfe steps; with several, the image is that of ``iterate``.
        tally: records the result.
    """
    source = "perturbation" if steps == 1 else "iterate"
    stored = levels(row["adversarial_png"]).transpose(2, 0, 1)
    change = row["scale"] * row[source].astype(np.float64)
    distance = np.abs(stored - 255 * np.clip(x + change, 0, 1))
    if row["dithered"]:
        distance -= 255 * RESOLUTION * np.abs(change)
    if steps > 1:
        distance -= 255 * FLOAT16 * np.abs(change)
    error = float(distance.max())
    what = f"adversarial_png, from {source} and scale"
    tally.holds(row["image_id"], what, error <= ROUNDING, "rounded", f"{error:.3g} levels off")


def check_iterate(row: Row, x: Tensor, settings: SsimBallConfig, tally: Tally) -> None:
    """Require the columns of several steps where there are several, and no others.

    Args:
        row: row of the attacks table, with its tensors.
        x: clean image (3, H, W) in [0, 1].
        settings: of the attack.
        tally: records the result.
    """
    image, columns = row["image_id"], ("first_dual", "first_value", "iterate")
    for column in columns:
        if (row[column] is None) is not (settings.steps == 1):
            expected = "null" if settings.steps == 1 else "a value"
            tally.holds(image, column, False, expected, row[column])
            return
    if settings.steps == 1:
        return
    ball = ball_of(x.double()[None], settings.with_budget(row["budget"]))
    iterate = torch.as_tensor(row["iterate"])[None]
    inside = bool(ball.contains(iterate.double(), tolerance=SQUARES))
    tally.holds(image, "iterate", inside, "in the ball", "outside")
    bounded = row["first_value"] <= row["first_dual"] * (1 + SQUARES)
    tally.holds(image, "first_value", bounded, "at most first_dual", row["first_value"])


def check_first_step(
    row: Row, x: Tensor, gradient: Tensor, settings: SsimBallConfig, tally: Tally
) -> Certificate:
    """Require the bound for the gradient at the clean image to be that of its linear problem.

    The first solution is not stored. So the problem is solved again, and two valid bounds of one
    optimum differ by at most the gap to which they were computed.

    Args:
        row: row of the attacks table, with its tensors.
        x: clean image (1, 3, H, W) in [0, 1].
        gradient: of the loss at the clean image, of the same shape.
        settings: of the attack, with several steps.
        tally: records the result.

    Returns:
        The certificate of the problem, solved again.
    """
    settings = settings.with_budget(row["budget"])
    gap, limit = max(settings.gap, STEP_GAP), settings.max_iterations
    found = solver_of(x, settings).maximise(gradient, gap=gap, max_iterations=limit)
    image, dual = row["image_id"], float(found.dual)
    gap = max(gap, float(found.gap)) + GRADIENT
    tally.close(image, "first_dual", dual, row["first_dual"], 0.0, gap)
    value = float((found.gradient[0].double().numpy() * row["iterate"].astype(np.float64)).sum())
    tally.close(image, "first_value", value, row["first_value"], GRADIENT * dual)
    return found
