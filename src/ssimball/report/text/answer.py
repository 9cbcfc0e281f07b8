"""The study's result as plain text: one table, and what its numbers do and do not say."""

from collections.abc import Collection, Sequence

from ssimball.overlap.metric import SHARE_MASK, SPEARMAN_CAM, TOP_IOU_CAM, TOP_SHARE_CAM
from ssimball.report.text.estimates import FOOLING_RATE, MEAN_SSIM, Summary
from ssimball.report.text.formatting import (
    VERDICT_NOTE,
    VERDICT_WORDS,
    Row,
    interval,
    listed,
    paragraph,
)
from ssimball.report.text.nulls import null_lines
from ssimball.report.text.table import Group, table_lines
from ssimball.report.text.variants import variant_lines
from ssimball.report.text.verdict import verdict_lines
from ssimball.statistics.power import POWER
from ssimball.statistics.verdicts import Verdict

_NOTE = (
    "Means over images. Rank correlation: Spearman's, of the SSIM deficit (1 - SSIM) and the class "
    "activation map (CAM) of the true class. Interval: bootstrap over images, or over classes "
    "where these repeat. Null: the same measure with the CAMs of other images. Verdict: "
    "permutation test of value minus null at level {level:.2g} after Holm's correction over all "
    "attacks and all primary metrics (the SSIM deficit against CAM, object, texture and centre); "
    f"{VERDICT_NOTE}. Top cells: the {{top:.0%}} of cells with the largest CAM. Top share: share "
    "of the SSIM deficit in them. Top IoU: intersection over union of them and as many cells with "
    "the largest SSIM deficit."
)
_ANSWERS = {
    Verdict.ABOVE: "more than by chance",
    Verdict.BELOW: "less than by chance",
    Verdict.UNCLEAR: "no significant difference from chance",
    Verdict.UNDECIDED: "too few images to tell",
}
_QUESTION = (
    "Do imperceptible perturbations change the parts of an image that matter for classification?\n"
    "The SSIM deficit is correlated with the image's own CAM (mean rank correlation in brackets)"
)
_CAVEAT = (
    "Chance is the CAMs of other images. Attack and CAM come from the same network and image: "
    "texture or edges that attract both make them overlap without any change of meaning, and the "
    "null removes only what images have in common, such as objects near the centre. Images count "
    "whether fooled or not. Verdicts are corrected for the number of tests; intervals are not."
)


def answer_table(
    rows: Sequence[Row],
    *,
    confidence: float,
    top: float,
    pairs: Sequence[Row] = (),
    controls: Collection[str] = (),
) -> str:
    """Return a table with one line per attack, and what it says about the study's question.

    Args:
        rows: rows of contracts.overlap.SUMMARY; attacks keep their order. Missing values show
            as "-".
        confidence: confidence level of the intervals, in (0, 1); 1 - level of the tests.
        top: share of the cells that counts as the top, in (0, 1].
        pairs: rows of contracts.overlap.COMPARISONS.
        controls: names of the attacks that are controls.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    summary = Summary.from_rows(rows)
    lines = [
        *_table(summary, confidence),
        "",
        paragraph(_NOTE.format(level=1 - confidence, top=top)),
        "",
        *_answer(summary),
        *_inside_object(summary),
        *null_lines(summary),
        *variant_lines(summary),
        *_power(summary),
        paragraph(_CAVEAT),
        "",
        *verdict_lines(summary, pairs, controls),
    ]
    return "\n".join(lines).rstrip() + "\n"


def _table(summary: Summary, confidence: float) -> list[str]:
    groups = [
        Group("", ("images", "fooled")),
        Group("mean", ("SSIM",)),
        Group(
            "rank correlation with the CAM",
            ("mean", f"{confidence:.0%} interval", "null", "verdict"),
        ),
        Group("top share", ("mean", "null")),
        Group("top IoU", ("mean", "null")),
    ]
    return table_lines(
        "attack", groups, [(name, _cells(summary, name)) for name in summary.attacks]
    )


def _cells(summary: Summary, attack: str) -> list[str]:
    overlap = summary.estimate(attack)
    return [
        summary.number(attack, SPEARMAN_CAM, "d", "n"),
        summary.number(attack, FOOLING_RATE, ".0%"),
        summary.number(attack, MEAN_SSIM, ".3f"),
        summary.correlation(attack),
        interval(overlap.ci_low, overlap.ci_high),
        summary.correlation(attack, column="null_mean"),
        VERDICT_WORDS[summary.verdict(attack)],
        *(
            summary.number(attack, metric, ".2f", column)
            for metric in (TOP_SHARE_CAM, TOP_IOU_CAM)
            for column in ("mean", "null_mean")
        ),
    ]


def _answer(summary: Summary) -> list[str]:
    """Return the question, and the attacks by their verdict."""
    lines = [_QUESTION]
    for verdict, label in _ANSWERS.items():
        names = [
            f"{attack} ({summary.correlation(attack)})"
            for attack in summary.attacks
            if summary.verdict(attack) == verdict
        ]
        if names:
            lines.append(listed(label, names))
    return lines


def _inside_object(summary: Summary) -> list[str]:
    """Return the share of the SSIM deficit inside the object; nothing where no object is known."""
    if not summary.has(SHARE_MASK):
        return []
    note = "Mean share of the SSIM deficit inside the object; null: inside other images' objects:"
    rows = [
        (
            attack,
            (
                summary.number(attack, SHARE_MASK, ".2f"),
                summary.number(attack, SHARE_MASK, ".2f", "null_mean"),
                VERDICT_WORDS[summary.verdict(attack, SHARE_MASK)],
            ),
        )
        for attack in summary.attacks
        if (attack, SHARE_MASK) in summary.estimates
    ]
    return [note, *table_lines("attack", [Group("", ("mean", "null", "verdict"))], rows)]


def _power(summary: Summary) -> list[str]:
    """Return what difference from the null this number of images can resolve."""
    resolvable = [
        (estimate.resolvable, attack)
        for attack in summary.attacks
        if (estimate := summary.estimate(attack)).resolvable is not None
    ]
    if not resolvable:
        return []
    (least, least_attack), (most, most_attack) = min(resolvable), max(resolvable)
    note = (
        f"With {summary.number(most_attack, SPEARMAN_CAM, 'd', 'n')} images, a single test without "
        f"correction finds with probability {POWER:.0%} a mean rank correlation that exceeds its "
        f"null by {least:.2f} ({least_attack}) to {most:.2f} ({most_attack}). Smaller differences "
        "may be missed."
    )
    if any(estimate.verdict == Verdict.UNDECIDED for estimate in summary.estimates.values()):
        note += (
            " Too few images: of so few images (or classes, each of which counts as one image "
            "where classes repeat) no permutation test gives a p-value that stays below the level "
            "after the correction."
        )
    return [paragraph(note)]
