"""The study's result as plain text: one table and what its numbers do and do not say."""

from collections.abc import Collection, Sequence

from ssimball.report.text.baselines import rivals, variants
from ssimball.report.text.formatting import Row, Summary, in_column, listed, paragraph
from ssimball.report.text.verdict import verdict_lines
from ssimball.statistics.power import POWER
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

_SHORT = {ABOVE: "above", BELOW: "below", UNCLEAR: "unclear", UNDECIDED: "too few"}
_ANSWERS = {
    ABOVE: "more than chance",
    BELOW: "less than chance",
    UNCLEAR: "not told from chance",
    UNDECIDED: "too few images",
}
_QUESTION = (
    "Do imperceptible perturbations change the parts of an image that matter for classification?\n"
    "The distortion is correlated with the image's own CAM (mean rank correlation in brackets)"
)
_CAVEAT = (
    "Chance is the CAMs of other images. Attack and CAM come from the same network and image: "
    "texture or edges that draw both overlap without any change of meaning, and the null removes "
    "only what images have in common, such as objects near the centre. Images count whether fooled "
    "or not; intervals are not corrected for the number of comparisons, verdicts are."
)


def answer_table(
    summary: Sequence[Row],
    *,
    confidence: float,
    top: float,
    pairs: Sequence[Row] = (),
    controls: Collection[str] = (),
) -> str:
    """A table with a line per attack, and what it says about the study's question.

    Args:
        summary: rows of contracts.overlap.SUMMARY; attacks keep their order. What is missing shows
            as "-".
        confidence: confidence level of the intervals.
        top: share of the cells that counts as the top.
        pairs: rows of contracts.overlap.COMPARISONS.
        controls: names of the attacks that are controls.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    found = Summary(summary)
    header = (
        f"{in_column('')} {'':>6} {'':>6} {'mean':>6}  {'Spearman of deficit and CAM':^35}  "
        f"{'top cells (null)':>23}\n"
        f"{in_column('attack')} {'images':>6} {'fooled':>6} {'SSIM':>6}  {'mean':>5} "
        f"{'interval':>15} {'null':>5} {'v. null':>7}  {'share':>11} {'IoU':>11}"
    )
    note = (
        f"Intervals: {confidence:.0%}, bootstrap over images, or over classes where these repeat; "
        "v. null: permutation test of value less null, Holm's correction over all attacks and "
        f"metrics, level {1 - confidence:.2g}. Top cells: the {top:.0%} largest of the CAM; share "
        "of the deficit in them, and overlap with those of the deficit."
    )
    lines = [header, *(_line(attack, found) for attack in found.attacks), "", paragraph(note), ""]
    lines += [*_answer(found), *rivals(found), *variants(found), *_power(found)]
    lines += [paragraph(_CAVEAT), "", *verdict_lines(found, pairs, controls)]
    return "\n".join(lines).rstrip() + "\n"


def _line(attack: str, found: Summary) -> str:
    def with_null(metric: str) -> str:
        value, null = (found.number(attack, metric, ".2f", of) for of in ("mean", "null_mean"))
        return f"{value} ({null})"

    mean, low, high, null = (
        found.correlation(attack, column=of) for of in ("mean", "ci_low", "ci_high", "null_mean")
    )
    return (
        f"{in_column(attack)} {found.number(attack, 'spearman_cam', 'd', 'n'):>6} "
        f"{found.number(attack, 'fooling_rate', '.0%'):>6} "
        f"{found.number(attack, 'mean_ssim', '.3f'):>6}  "
        f"{mean:>5} {f'{low} .. {high}':>15} {null:>5} {_SHORT[found.verdict(attack)]:>7}  "
        f"{with_null('top_share_cam'):>11} {with_null('top_iou_cam'):>11}"
    )


def _answer(found: Summary) -> list[str]:
    lines = [_QUESTION]
    for verdict, words in _ANSWERS.items():
        names = [
            f"{attack} ({found.correlation(attack)})"
            for attack in found.attacks
            if found.verdict(attack) == verdict
        ]
        if names:
            lines.append(listed(words, names))
    inside = [
        f"{attack} {found.number(attack, 'share_mask', '.2f')} "
        f"({found.number(attack, 'share_mask', '.2f', 'null_mean')})"
        for attack in found.attacks
        if (attack, "share_mask") in found.rows
    ]
    if inside:
        lines += ["Share of the distortion inside the object (inside other images' objects):"]
        lines += [listed("", inside)]
    return lines


def _power(found: Summary) -> list[str]:
    """What difference from the null this number of images can resolve."""
    numbers = [
        (value, attack)
        for attack in found.attacks
        if (value := found.value(attack, "spearman_cam", "resolvable")) is not None
    ]
    if not numbers:
        return []
    (best, first), (worst, last) = min(numbers), max(numbers)
    note = (
        f"With {found.number(last, 'spearman_cam', 'd', 'n')} images a mean correlation that is "
        f"above its null by {best:.2f} ({first}) to {worst:.2f} ({last}) would be found with "
        f"probability {POWER:.0%}, if nothing else were tested; smaller differences may be missed."
    )
    if any(row.get("verdict") == UNDECIDED for row in found.rows.values()):
        note += (
            " Too few: of so few images (or classes, which count as one image where they repeat) "
            "no permutation test gives a p-value that stays below the level after the correction."
        )
    return [paragraph(note)]
