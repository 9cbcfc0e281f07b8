"""What the figure of the dose shows, from rows of sensitivity.parquet."""

from collections.abc import Collection, Sequence

from ssimball.report.figures.style import Row
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM
from ssimball.report.text.sweep import Level, sweeps_of

#: The factor whose changed level has the smallest perturbations that fool.
_COMPARISON = "comparison"


def dose_rows(sensitivity: Sequence[Row], budgets: Collection[str]) -> list[Row]:
    """Return overlap and fooling by dose: rows of contracts.figures.FIGURE_DOSE.

    Args:
        sensitivity: rows of contracts.sensitivity.SENSITIVITY.
        budgets: factors that change how far images are from the clean ones.
    """
    rows: list[Row] = []
    for sweep, is_control in zip(sweeps_of(sensitivity), (False, True), strict=True):
        if sweep is None:
            continue
        attack = {"attack": sweep.base.attack, "is_control": is_control}
        rows.append({**attack, "kind": "dose", "level": "as configured", **_point(sweep.base)})
        for level in sweep.levels:
            is_smallest = level.factor == _COMPARISON
            if (is_smallest or level.factor in budgets) and not level.is_base:
                kind = "smallest" if is_smallest else "dose"
                rows.append({**attack, "kind": kind, "level": level.name, **_point(level)})
    return rows


def _point(level: Level) -> Row:
    ssim, fooled = level.estimate(MEAN_SSIM), level.estimate(FOOLING_RATE)
    return {
        "n": level.main.n,
        "dose": None if ssim.median is None else 1 - ssim.median,
        "difference": level.main.difference,
        "ci_low": level.main.difference_ci_low,
        "ci_high": level.main.difference_ci_high,
        "fooled": fooled.mean,
        "fooled_low": fooled.ci_low,
        "fooled_high": fooled.ci_high,
    }
