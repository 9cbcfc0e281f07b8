"""Deletion and insertion curves as plain text."""

from collections.abc import Sequence

from ssimball.report.text.formatting import Row, listed, none_if_nan, number, paragraph
from ssimball.report.text.table import Group, table_lines
from ssimball.statistics.causal import KINDS, ORDERS

_QUESTION = (
    "Do the cells with the largest SSIM deficit matter to the network? Cells of the clean image "
    "are deleted, or restored, in the order of the deficit, of the CAM, or at random. If the "
    "order ranks them by importance, the probability of the true class falls early under "
    "deletion (small area) and rises early under insertion (large area)."
)
_NOTE = (
    "Nothing here is tested. Means over images; {confidence:.0%} intervals over {units}, not "
    "corrected. Every perturbed image counts, fooling or not."
)
_GROUPS = [
    Group("", ("images",)),
    Group("order of the cells", ("SSIM deficit", "CAM", "random")),
    Group("SSIM deficit minus random", ("area", "from", "to")),
]


def causal_text(summary: Sequence[Row], *, confidence: float) -> str:
    """Return the areas under the curves, attack by attack.

    Args:
        summary: rows of contracts.causal.CAUSAL_SUMMARY; attacks keep their order.
        confidence: confidence level of the intervals, in (0, 1).

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    note = _NOTE.format(confidence=confidence, units=summary[0]["unit_kind"])
    return "\n".join([paragraph(_QUESTION), *_tables(summary), "", paragraph(note)]) + "\n"


def _tables(summary: Sequence[Row]) -> list[str]:
    """Return a table for each kind of curve, each with an empty line before it."""
    counts = {row["attack"]: row["n"] for row in summary}
    lines: list[str] = []
    for kind in KINDS if any(counts.values()) else ():
        of_kind = [row for row in summary if row["kind"] == kind]
        rows = [
            (attack, _cells([row for row in of_kind if row["attack"] == attack]))
            for attack, n in counts.items()
            if n
        ]
        title = f"Area under the {kind} curve of the clean image, by the order of the cells"
        lines += ["", title, *table_lines("attack", _GROUPS, rows)]
    without = [attack for attack, n in counts.items() if not n]
    return [*lines, "", listed("No image has all curves", without)] if without else lines


def _cells(rows: Sequence[Row]) -> list[str]:
    """Return the cells of an attack: images, areas, and the difference from a random order."""
    found = {(row["order"], none_if_nan(row["against"])): row for row in rows}
    difference = found["deficit", "random"]
    return [
        str(difference["n"]),
        *(number(found[order, None]["mean"], ".3f") for order in ORDERS),
        *(number(difference[name], "+.3f") for name in ("mean", "ci_low", "ci_high")),
    ]
