"""The outcome of the sensitivity sweep as plain text."""

from collections import Counter
from collections.abc import Mapping, Sequence

from ssimball.report.text.formatting import SIGNS, Row, known, number, paragraph
from ssimball.statistics.verdicts import ABOVE, BELOW, UNCLEAR, UNDECIDED

#: By factor, the metric that answers there; a share of cells decides no rank correlation.
MAIN = {"top": "top_share_cam"}
_ANSWERS = {
    ABOVE: "above its null",
    BELOW: "below its null",
    UNCLEAR: "not told from its null",
    UNDECIDED: "undecided, with too few images",
}
_NOTE = (
    "Mean rank correlation of SSIM deficit and CAM, its null in brackets (for factor top: share of "
    "the deficit in the top cells); > above the null, < below, = not told apart, ? too few images, "
    "by permutation tests with Holm's correction over all levels and metrics of the sweep. "
    "[As configured] in square brackets. Last: what is left of the correlation given texture and "
    "centre, with its sign, and the fooling rate."
)


def main_metric(factor: str) -> str:
    """The metric that the answer is read off for a factor."""
    return MAIN.get(factor, "spearman_cam")


def sensitivity_text(rows: Sequence[Row], base: str) -> str:
    """Where the answer holds and where it turns, level by level.

    Args:
        rows: of contracts.sensitivity.SENSITIVITY.
        base: name of the attack whose settings are changed.

    Returns:
        Lines of at most 100 characters, with a newline at the end.
    """
    cells = {(row["factor"], row["level"], row["metric"]): row for row in rows}
    levels = list(dict.fromkeys((row["factor"], row["level"]) for row in rows))
    own = {factor: level for factor, level, _ in cells if _is_base(cells, factor, level)}
    lines = [paragraph(_headline(cells, levels, own, base)), "", paragraph(_NOTE)]
    for factor in dict.fromkeys(factor for factor, _ in levels):
        lines.append(f"{factor}:")
        for level in (level for of, level in levels if of == factor):
            lines.append(_line(cells, factor, level, own.get(factor) == level))
    return "\n".join(lines) + "\n"


def _is_base(cells: Mapping[tuple[str, str, str], Row], factor: str, level: str) -> bool:
    return any(row["is_base"] for key, row in cells.items() if key[:2] == (factor, level))


def _headline(
    cells: Mapping[tuple[str, str, str], Row],
    levels: Sequence[tuple[str, str]],
    own: Mapping[str, str],
    base: str,
) -> str:
    """In how many levels the verdict is that of the run as configured, and where it is another."""
    verdicts = {key: _verdict(cells, *key, main_metric(key[0])) for key in levels}
    asked = [key for key in levels if own.get(key[0]) != key[1]]
    count = Counter(verdicts[key] for key in asked)
    parts = [f"{count[v]} {words}" for v, words in _ANSWERS.items() if count[v]]
    as_run = {verdicts[factor, level] for factor, level in own.items()}
    turned = [f"{f} {v}" for f, v in asked if verdicts[f, v] != verdicts.get((f, own.get(f, "")))]
    stands = " or ".join(_ANSWERS[v] for v in _ANSWERS if v in as_run)
    text = (
        f"How much the answer hangs on choices. As configured, the overlap of {base} is {stands}. "
        f"Of {len(asked)} other levels, one thing changed at a time: {', '.join(parts)}. "
    )
    if not as_run - {UNDECIDED}:
        return text + "With so few images none of this says where it turns."
    return text + (f"It turns at: {', '.join(turned)}." if turned else "It turns nowhere.")


def _line(cells: Mapping[tuple[str, str, str], Row], factor: str, level: str, is_base: bool) -> str:
    def cell(metric: str, style: str, column: str = "mean") -> str:
        return number(known(cells.get((factor, level, metric), {}).get(column)), style)

    main = main_metric(factor)
    name = f"[{level}]" if is_base else level
    sign = SIGNS[_verdict(cells, factor, level, main)]
    text = f"  {name:<32} {cell(main, '+z.2f')}{sign} ({cell(main, '+z.2f', 'null_mean')})"
    if (factor, level, "partial_cam") in cells:
        text += f"  partial {cell('partial_cam', '+z.2f')}"
        text += SIGNS[_verdict(cells, factor, level, "partial_cam")]
    return f"{text}  fooled {cell('fooling_rate', '.0%')}  SSIM {cell('mean_ssim', '.3f')}"


def _verdict(
    cells: Mapping[tuple[str, str, str], Row], factor: str, level: str, metric: str
) -> str:
    found = cells.get((factor, level, metric), {}).get("verdict")
    return found if isinstance(found, str) else UNDECIDED
