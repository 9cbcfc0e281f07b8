"""The answer of a comparison of networks as text: at most 25 lines of at most 80 columns."""

from collections.abc import Callable, Iterator

from ssimball.report.answer.model import QUESTION
from ssimball.report.answer.words import LABEL, WIDTH, cut, lines_of
from ssimball.report.networks import statements as names
from ssimball.report.networks.model import ComparedNetwork, Comparison
from ssimball.report.networks.sentences import findings
from ssimball.report.text.formatting import number, signed
from ssimball.report.text.table import Group, table_lines
from ssimball.statistics.networks import OnNetwork
from ssimball.storage.contracts.region_names import ALL_BUT_TOP_CAM, RANDOM, TOP_CAM

#: The longest answer, and the longest finding.
LINES, FINDING_LINES = 25, 2
#: Fewest characters of a long name of a network.
_NAME = 8


def answer_text(comparison: Comparison) -> str:
    """Return the answer, with a newline at the end.

    Where not all networks have room, a line says how many more there are.
    """
    about, note = lines_of(_subject(comparison)), lines_of(_note(comparison))
    found = [
        line
        for label, sentence in findings(comparison)
        for line in lines_of(
            f"{label:<{LABEL}}{sentence}",
            max_lines=FINDING_LINES,
            placeholder=" …",
            subsequent_indent=" " * LABEL,
        )
    ]
    room = LINES - 1 - len(about) - len(note) - len(found)
    table = _table(comparison)
    if len(table) > room:
        hidden = len(table) - room + 1
        table = [*table[: room - 1], f"and {hidden} more in networks.parquet"]
    return "\n".join([QUESTION, *about, *table, *note, *found]) + "\n"


def _subject(comparison: Comparison) -> str:
    correct = [network.correct for network in comparison.networks]
    least, most = min(correct), max(correct)
    counts = f"{least}" if least == most else f"{least} to {most}"
    return (
        f"{len(comparison.networks)} networks, {comparison.images} photographs, {counts} "
        f"classified correctly; mean SSIM {comparison.mean_ssim:g}"
    )


def _note(comparison: Comparison) -> str:
    return (
        "Means as in the answer of a run. *: not 0 "
        f"(Holm over {comparison.tests} tests, level {1 - comparison.confidence:.2g})."
    )


def _table(comparison: Comparison) -> list[str]:
    interval = f"[{100 * comparison.confidence:g} % interval]"
    groups = [
        Group("", ("fools",)),
        Group("overlap with the CAM", (f"mean {interval}",)),
        Group("over other", ("classes",)),
        Group("fall of the margin", ("CAM", "random", "rest")),
    ]
    rows = [(network.name, list(_cells(comparison, network))) for network in comparison.networks]
    ball, width = comparison.roles.ball, max(len(name) for name, _ in rows)
    excess = max(map(len, table_lines(ball, groups, rows, width))) - WIDTH
    lines = table_lines(ball, groups, rows, max(_NAME, width - max(0, excess)))
    return [cut(line, WIDTH) for line in lines]


def _cells(comparison: Comparison, network: ComparedNetwork) -> Iterator[str]:
    roles, name = comparison.roles, network.name
    fools = comparison.on(names.fooling_of(roles.ball), name)
    yield _mean(fools, lambda value: f"{100 * value:.0f} %")
    yield _estimate(comparison, comparison.on(names.overlap_of(roles.ball), name))
    yield _starred(comparison, comparison.on(names.TOP_TEN, name))
    for region in (TOP_CAM, RANDOM, ALL_BUT_TOP_CAM):
        fall = comparison.on(names.fall_in(region), name)
        yield _mean(fall, lambda value: number(value, "z.1f"))


def _mean(found: OnNetwork | None, style: Callable[[float], str]) -> str:
    return "-" if found is None or found.mean.value is None else style(found.mean.value)


def _estimate(comparison: Comparison, found: OnNetwork | None) -> str:
    if found is None or found.mean.value is None:
        return "-"
    ends = ""
    if found.mean.low is not None:
        ends = f" [{signed(found.mean.low)}, {signed(found.mean.high)}]"
    return f"{signed(found.mean.value)}{ends}{_star(comparison, found)}"


def _starred(comparison: Comparison, found: OnNetwork | None) -> str:
    if found is None:
        return "-"
    return f"{signed(found.mean.value)}{_star(comparison, found)}"


def _star(comparison: Comparison, found: OnNetwork) -> str:
    """The star of a significant mean, or as much space."""
    return "*" if found.is_significant(1 - comparison.confidence) else " "
