"""The study's result as plain text: one table and what its numbers do and do not say."""

from collections.abc import Mapping, Sequence
from textwrap import fill
from typing import Any

from ssimball.overlap_measures import PRIMARY
from ssimball.statistics.power import POWER
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

WIDTH = 100
Row = Mapping[str, Any]

_NAME = 14
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
_RIVALS = ("spearman_cam", "spearman_texture", "spearman_centre")
_RIVAL_NOTE = (
    "Rank correlation of the distortion with the CAM, with the image's local variance (texture) "
    "and with a Gaussian around the middle (centre), and what is left of the first given the other "
    "two (partial), set against other images' CAMs:"
)
_VARIANTS_NOTE = (
    "Other distortions against the CAM, and the SSIM deficit against other explanations (mean rank "
    "correlation; > above its null, < below, = not told apart, ? too few images; a family of the "
    "correction for itself):"
)
_SIGNS = {ABOVE: ">", BELOW: "<", UNCLEAR: "=", UNDECIDED: "?"}
_CAVEAT = (
    "Chance is the CAMs of other images. Attack and CAM come from the same network and image: "
    "texture or edges that draw both overlap without any change of meaning, and the null removes "
    "only what images have in common, such as objects near the centre. Images count whether fooled "
    "or not; intervals are not corrected for the number of comparisons, verdicts are."
)


class _Summary:
    """Rows of the summary by attack and metric."""

    def __init__(self, rows: Sequence[Row]) -> None:
        self.rows = {(row["attack"], row["metric"]): row for row in rows}
        self.attacks = list(dict.fromkeys(row["attack"] for row in rows))

    def value(self, attack: str, metric: str, column: str = "mean") -> Any:
        """None where there is none, which is NaN in pandas."""
        value = self.rows.get((attack, metric), {}).get(column)
        return None if value is None or value != value else value

    def number(self, attack: str, metric: str, style: str, column: str = "mean") -> str:
        """A value as text, "-" where there is none."""
        value = self.value(attack, metric, column)
        return "-" if value is None else format(value, style)

    def signed(self, attack: str, metric: str) -> str:
        """Attack, mean and a sign for the verdict."""
        return (
            f"{attack} {self.number(attack, metric, '+z.2f')}{_SIGNS[self.verdict(attack, metric)]}"
        )

    def verdict(self, attack: str, metric: str = "spearman_cam") -> str:
        found = self.rows.get((attack, metric), {}).get("verdict")
        return found if isinstance(found, str) else UNDECIDED


def answer_table(summary: Sequence[Row], *, confidence: float, top: float) -> str:
    """A table with a line per attack, and what it says about the study's question.

    Args:
        summary: rows of contracts.overlap.SUMMARY; attacks keep their order. What is missing shows
            as "-".
        confidence: confidence level of the intervals.
        top: share of the cells that counts as the top.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    found = _Summary(summary)
    header = (
        f"{'':{_NAME}} {'':>6} {'':>6} {'mean':>6}  {'Spearman of deficit and CAM':^35}  "
        f"{'top cells (null)':>23}\n"
        f"{'attack':{_NAME}} {'images':>6} {'fooled':>6} {'SSIM':>6}  {'mean':>5} {'interval':>15} "
        f"{'null':>5} {'v. null':>7}  {'share':>11} {'IoU':>11}"
    )
    note = (
        f"Intervals: {confidence:.0%}, bootstrap over images, or over classes where these repeat; "
        "v. null: permutation test of value less null, Holm's correction over all attacks and "
        f"metrics, level {1 - confidence:.2g}. Top cells: the {top:.0%} largest of the CAM; share "
        "of the deficit in them, and overlap with those of the deficit."
    )
    lines = [header, *(_line(attack, found) for attack in found.attacks), "", fill(note, WIDTH), ""]
    answer = [*_answer(found), *_rivals(found), *_variants(found), *_power(found)]
    return "\n".join([*lines, *answer, fill(_CAVEAT, WIDTH)]) + "\n"


def _line(attack: str, found: _Summary) -> str:
    def with_null(metric: str) -> str:
        value, null = (found.number(attack, metric, ".2f", of) for of in ("mean", "null_mean"))
        return f"{value} ({null})"

    def spearman(column: str) -> str:
        return found.number(attack, "spearman_cam", "+z.2f", column)

    interval = f"{spearman('ci_low')} .. {spearman('ci_high')}"
    return (
        f"{_shortened(attack)} {found.number(attack, 'spearman_cam', 'd', 'n'):>6} "
        f"{found.number(attack, 'fooling_rate', '.0%'):>6} "
        f"{found.number(attack, 'mean_ssim', '.3f'):>6}  "
        f"{spearman('mean'):>5} {interval:>15} {spearman('null_mean'):>5} "
        f"{_SHORT[found.verdict(attack)]:>7}  "
        f"{with_null('top_share_cam'):>11} {with_null('top_iou_cam'):>11}"
    )


def _shortened(attack: str) -> str:
    name = attack if len(attack) <= _NAME else attack[: _NAME - 1] + "…"
    return f"{name:{_NAME}}"


def _answer(found: _Summary) -> list[str]:
    lines = [_QUESTION]
    for verdict, words in _ANSWERS.items():
        names = [
            f"{attack} ({found.number(attack, 'spearman_cam', '+z.2f')})"
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


def _rivals(found: _Summary) -> list[str]:
    """Whether something simpler than a CAM does as well, and what is left beyond it."""
    lines = []
    for attack in found.attacks:
        numbers = [found.number(attack, m, "+z.2f") for m in (*_RIVALS, "partial_cam")]
        short = _SHORT[found.verdict(attack, "partial_cam")]
        if numbers[-1] != "-":
            columns = " ".join(f"{number:>8}" for number in numbers)
            lines.append(f"  {_shortened(attack)} {columns} {short:>8}")
    if not lines:
        return []
    names = " ".join(f"{name:>8}" for name in ("CAM", "texture", "centre", "partial", "v. null"))
    return [fill(_RIVAL_NOTE, WIDTH), f"  {'':{_NAME}} {names}", *lines]


def _variants(found: _Summary) -> list[str]:
    """Whether the answer hangs on how distortion and importance are measured."""
    metrics = dict.fromkeys(
        metric
        for _, metric in found.rows
        if metric.startswith("spearman_") and metric not in PRIMARY and "_mask_of_" not in metric
    )
    lines = []
    for metric in metrics:
        name = metric.removeprefix("spearman_cam_of_").removeprefix("spearman_")
        lines.append(listed(name, [found.signed(attack, metric) for attack in found.attacks]))
    return [fill(_VARIANTS_NOTE, WIDTH), *lines] if lines else []


def _power(found: _Summary) -> list[str]:
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
    return [fill(note, WIDTH)]


def listed(words: str, names: Sequence[str]) -> str:
    """An indented line, ``words: names``, wrapped; without the words where they are empty."""
    first = f"  {words}: " if words else "  "
    return fill(first + ", ".join(names), WIDTH, subsequent_indent="    ", break_long_words=False)
