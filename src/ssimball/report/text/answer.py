"""The study's result as plain text: one table, and what the test of each attack says."""

from collections.abc import Sequence

from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM, Summary
from ssimball.report.text.formatting import (
    Row,
    interval,
    listed,
    none_if_nan,
    number,
    paragraph,
    signed,
)
from ssimball.report.text.nulls import null_lines
from ssimball.report.text.table import Group, table_lines
from ssimball.statistics.power import POWER
from ssimball.statistics.primary import Verdict

_NOTE = (
    "Means over images. CAM: class activation map of the true class. Own CAM and other CAMs: "
    "Spearman's correlation of the SSIM deficit (1 - SSIM) with the image's own CAM and with other "
    "images' CAMs. Effect: own minus other, image by image, with its bootstrap interval. N.s.: no "
    "significant difference. Images count whether fooled or not."
)
_QUESTION = (
    "Verdict. Do imperceptible perturbations change the parts of an image that matter for "
    "classification? The one thing tested is whether the effect is 0: a sign-flip permutation test "
    "for each attack and control at level {level:.2g}, with Holm's correction over {tests} tests."
)
_WORDS = {
    Verdict.ABOVE: "above",
    Verdict.BELOW: "below",
    Verdict.UNCLEAR: "n.s.",
    Verdict.TOO_FEW: "too few",
}
_ANSWERS = {
    Verdict.ABOVE: "above other images' CAMs",
    Verdict.BELOW: "below other images' CAMs",
    Verdict.UNCLEAR: "no significant difference",
    Verdict.TOO_FEW: "too few images for a test",
}
_CAVEAT = (
    "Attack and CAM come from the same network and image: texture or edges that attract both make "
    "them overlap without any change of meaning."
)


def answer_table(primary: Sequence[Row], summary: Sequence[Row], *, confidence: float) -> str:
    """Return a table with one line per attack, and what it says about the study's question.

    Args:
        primary: rows of contracts.overlap.PRIMARY.
        summary: rows of contracts.overlap.SUMMARY.
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    means = Summary.from_rows(summary)
    rows = [(row["attack"], _cells(row, means)) for row in primary]
    groups = [
        Group("", ("images", "fooled")),
        Group("mean", ("SSIM",)),
        Group("rank correlation", ("own CAM", "other CAMs")),
        Group("effect", ("mean", f"{confidence:.0%} interval", "verdict")),
    ]
    lines = [
        *table_lines("attack", groups, rows),
        "",
        paragraph(_NOTE),
        "",
        *null_lines(means),
        "",
        *_verdict(primary, 1 - confidence),
        *_resolution(primary),
        paragraph(_CAVEAT),
    ]
    return "\n".join(lines) + "\n"


def _cells(row: Row, means: Summary) -> list[str]:
    attack = row["attack"]
    return [
        str(row["n"]),
        means.number(attack, FOOLING_RATE, ".0%"),
        means.number(attack, MEAN_SSIM, ".3f"),
        means.correlation(attack),
        means.correlation(attack, SPEARMAN_CAM, "null_mean"),
        signed(none_if_nan(row["effect"])),
        interval(none_if_nan(row["ci_low"]), none_if_nan(row["ci_high"])),
        _WORDS[Verdict(row["verdict"])],
    ]


def _verdict(primary: Sequence[Row], level: float) -> list[str]:
    """Return the question, and the attacks by their verdict."""
    tests = sum(none_if_nan(row["p"]) is not None for row in primary)
    lines = [
        paragraph(_QUESTION.format(level=level, tests=tests)),
        f"  units: {primary[0]['unit_kind']}; {primary[0]['unit_reason']}",
    ]
    for verdict, label in _ANSWERS.items():
        names = [_named(row) for row in primary if row["verdict"] == verdict]
        if names:
            lines.append(listed(label, names))
    return lines


def _named(row: Row) -> str:
    control = ", control" if row["is_control"] else ""
    return f"{row['attack']} ({signed(none_if_nan(row['effect']))}{control})"


def _resolution(primary: Sequence[Row]) -> list[str]:
    """Return what effect the run could have shown, and what it would take to show those it has."""
    resolvable = [value for row in primary if (value := none_if_nan(row["resolvable"]))]
    lines = []
    if resolvable:
        ends = " to ".join(number(end(resolvable), ".2f") for end in (min, max))
        lines.append(paragraph(f"Effects of {ends} are found with probability {POWER:.0%}."))
    needed = [
        f"{row['attack']} {row['images_needed']:.0f}"
        for row in primary
        if none_if_nan(row["images_needed"]) is not None
    ]
    if needed:
        lines.append(listed(f"images to find an effect of this size at {POWER:.0%}", needed))
    return lines
