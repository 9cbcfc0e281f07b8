"""The outcome of the sensitivity sweep as plain text."""

from collections.abc import Iterator, Sequence
from itertools import groupby

from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM
from ssimball.report.text.formatting import Row, interval, listed, number, paragraph, signed
from ssimball.report.text.sweep import Level, Sweep, sweeps_of
from ssimball.report.text.table import Group, table_lines

_NOTE = (
    "The primary endpoint with one choice changed at a time: rank correlation of the SSIM "
    "deficit with the image's own CAM less that with other images' CAMs, mean over images, "
    "{confidence:.0%} interval. explanation, layer: another explanation in place of the CAM; "
    "gradient and smoothgrad depend on the gradient that the attack follows. distortion: another "
    "one in place of the SSIM deficit. matched_outcome: the smallest perturbation found that "
    "fools."
)
_CHOSEN = (
    "The cap tau = 8/255 and the bound on mean SSIM, in place of each window's, were chosen "
    "after looking at this endpoint. Nothing here is tested."
)
_COLUMNS = ("endpoint", "interval", "fooled", "SSIM")
#: Characters of the column of levels.
_NAME_WIDTH = 22


def sensitivity_text(rows: Sequence[Row], confidence: float) -> str:
    """Return the primary endpoint at every level of the sweep, for base attack and control.

    Args:
        rows: rows of contracts.sensitivity.SENSITIVITY.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    base, control = sweeps_of(rows)
    sweeps = [sweep for sweep in (base, control) if sweep is not None]
    lines = [paragraph(_NOTE.format(confidence=confidence)), "", paragraph(_CHOSEN), ""]
    for sweep in sweeps:
        lines += [*_range(sweep), ""]
    groups = [Group(sweep.base.attack, _COLUMNS) for sweep in sweeps]
    named = [(_name(level), _cells(level, sweeps)) for level in base.levels]
    table = table_lines("[as configured]", groups, named, _NAME_WIDTH)
    first = len(table) - len(base.levels)
    lines += table[:first]
    in_table = zip(base.levels, table[first:], strict=True)
    for factor, group in groupby(in_table, key=lambda pair: pair[0].factor):
        lines += [f"{factor}:", *(line for _, line in group)]
    return "\n".join(lines) + "\n"


def _range(sweep: Sweep) -> Iterator[str]:
    """Yield the range of the effect, and the choices on which its sign depends."""
    own = sweep.base.main
    bounds = interval(own.difference_ci_low, own.difference_ci_high)
    yield f"{sweep.base.attack}: {signed(own.difference)} as configured, interval {bounds}"
    if sweep.changed:
        ordered = sorted(sweep.changed, key=lambda level: level.main.difference or 0.0)
        yield listed("with one change", [f"{_effect(ordered[0])} to {_effect(ordered[-1])}"])
        yield listed("other sign", [_effect(level) for level in sweep.reversed] or ["none"])
        yield listed("interval includes 0", [_effect(level) for level in sweep.unclear] or ["none"])


def _effect(level: Level) -> str:
    return f"{signed(level.main.difference)} ({level.name})"


def _name(level: Level) -> str:
    return f"  [{level.value}]" if level.is_base else f"  {level.value}"


def _cells(level: Level, sweeps: Sequence[Sweep]) -> list[str]:
    """Return the cells of a line: the same level of each attack, empty where there is none."""
    cells: list[str] = []
    for sweep in sweeps:
        same = (other for other in sweep.levels if other.name == level.name)
        found = next(same, None)
        cells += [""] * len(_COLUMNS) if found is None else _numbers(found)
    return cells


def _numbers(level: Level) -> list[str]:
    main = level.main
    return [
        signed(main.difference),
        interval(main.difference_ci_low, main.difference_ci_high),
        number(level.estimate(FOOLING_RATE).mean, ".0%"),
        number(level.estimate(MEAN_SSIM).mean, ".3f"),
    ]
