"""Checks of the smallest radius at which the linearised margin turns."""

from torch import Tensor

from ssimball.attacks.linear_radius import has_linear_radius, recheck_radius
from ssimball.ball.solvers.smallest_radius import RadiusBracket
from ssimball.config.attacks.ball import SsimBallConfig, SsimBallConicConfig
from ssimball.runs.audit.findings import Tally
from ssimball.runs.audit.steps import GRADIENT
from ssimball.runs.run import Row

#: Relative: the stored numbers come from the same float64 arithmetic on the same stored numbers.
TOLERANCE = 1e-6
#: Of the network's margin, absolute and relative, as for other predictions.
NETWORK = 1e-3
COLUMNS = ("linear_margin", "linear_epsilon_lower", "linear_epsilon_upper")


def check_linear_radius(
    row: Row, x: Tensor, settings: SsimBallConfig | SsimBallConicConfig, tally: Tally
) -> None:
    """Require the bracket of one step to follow from the row's certificate, or to be null.

    Args:
        row: row of the attacks table with a certificate, its tensors as arrays.
        x: clean image (3, H, W) in [0, 1].
        settings: of the attack.
        tally: records the result.
    """
    image, is_one_step = row["image_id"], settings.steps == 1
    has_gradient = bool(row["gradient"].any()) if is_one_step else bool(row["first_dual"])
    if row["trial_budgets"] is None or not has_linear_radius(settings) or not has_gradient:
        for column in COLUMNS:
            tally.equal(image, column, None, row[column])
    elif row["linear_margin"] is None:
        tally.holds(image, "linear_margin", False, "a value", None)
    elif is_one_step:
        assert isinstance(settings, SsimBallConfig)
        check_radius(row, recheck_radius(x, settings, row), TOLERANCE, tally)


def check_radius(row: Row, found: RadiusBracket | None, tolerance: float, tally: Tally) -> None:
    """Require the stored bracket to be the one that was found again.

    Where the search has to solve problems, another machine may find another bracket of the same
    radius, which differs by its width.

    Args:
        row: row of the attacks table.
        found: the bracket; None if there is none.
        tolerance: relative, beside the width of the bracket.
        tally: records the result.
    """
    expected = (None, None) if found is None else (found.lower, found.upper)
    tolerance += 0.0 if found is None else min(found.width, 1.0)
    for column, value in zip(COLUMNS[1:], expected, strict=True):
        tally.close(row["image_id"], column, value, row[column], 0.0, tolerance)


def check_margin(row: Row, largest: float, tally: Tally) -> None:
    """Require the margin over the gradient's largest magnitude to be the network's.

    The gradient's error adds to that of the margin.

    Args:
        row: row of the attacks table with a linear radius.
        largest: largest magnitude of the gradient at the clean image.
        tally: records the result.
    """
    margin = row["clean_margin"] / largest
    absolute, relative = NETWORK / largest, NETWORK + GRADIENT
    tally.close(row["image_id"], "linear_margin", margin, row["linear_margin"], absolute, relative)
