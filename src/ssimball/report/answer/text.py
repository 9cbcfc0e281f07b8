"""The answer as plain text: at most 25 lines of at most 80 columns, whatever the run."""

from collections.abc import Sequence

from ssimball.report.answer.model import Answer, AttackRow
from ssimball.report.answer.rendering import TEXT
from ssimball.report.answer.sentences import findings
from ssimball.report.answer.words import (
    FINDING_LINES,
    LABEL,
    WIDTH,
    cells,
    cut,
    lines_of,
    note,
    subject,
)
from ssimball.report.text.table import Group, table_lines

#: The longest answer.
LINES = 25
#: The file with all rows.
PAGE = "answer.md"
#: Lines of the longest subject and note: with them, at least two attacks have a row.
_SUBJECT, _NOTE = 2, 3
_QUESTION, _HEADER = 1, 2


def answer_text(answer: Answer) -> str:
    """Return the answer as text, with a newline at the end.

    Where not all rows of the table have room, those stay that the findings name, and a last line
    says how many more there are.
    """
    about = _wrapped(subject(answer), _SUBJECT)
    explained = _wrapped(note(answer), _NOTE)
    found = [
        line
        for finding in findings(answer)
        for line in _wrapped(
            f"{finding.label:<{LABEL}}{finding.sentence}", FINDING_LINES, " " * LABEL
        )
    ]
    room = LINES - _QUESTION - _HEADER - len(about) - len(explained) - len(found)
    table = _table(answer, room)
    return TEXT.render(
        question=answer.question,
        subject=about,
        table=table,
        note=explained,
        findings=found,
        # Empty lines, where there is room for them.
        gaps=min(2, max(0, room + _HEADER - len(table))),
    )


def _wrapped(text: str, most: int, indent: str = "") -> list[str]:
    return lines_of(text, max_lines=most, placeholder=" …", subsequent_indent=indent)


def _table(answer: Answer, room: int) -> list[str]:
    """Return the header of the table and as many rows as there is room for."""
    attacks, controls = list(answer.rows(controls=False)), list(answer.rows(controls=True))
    hidden = 0
    if len(attacks) + len(controls) + bool(controls) > room:
        hidden = len(attacks) + len(controls)
        # A row of a control takes its heading, too; the findings name those that matter.
        of_controls = room - 2 - len(attacks)
        controls = _chosen(answer, controls, of_controls)
        attacks = _chosen(answer, attacks, room - 1)
        hidden -= len(attacks) + len(controls)
    lines = _rows(answer, [*attacks, *controls])
    if controls:
        lines.insert(_HEADER + len(attacks), "controls")
    if hidden:
        lines.append(f"and {hidden} more in {PAGE}")
    return lines


def _chosen(answer: Answer, rows: Sequence[AttackRow], most: int) -> list[AttackRow]:
    """Return so many rows in their order: first of all attacks in the ball, then those named."""
    learned, strongest = answer.learned, answer.strongest
    in_ball = set(answer.proof.attacks) if answer.proof else set()
    named = in_ball | ({learned.attack} if learned else set())
    named |= {strongest.attack} if strongest else set()
    named |= {variant.attack for variant in answer.variants}
    ranks = [(row.attack not in in_ball, row.attack not in named) for row in rows]
    first = [row for _, row in sorted(zip(ranks, rows, strict=True), key=lambda pair: pair[0])]
    first = first[: max(0, most)]
    return [row for row in rows if row in first]


def _rows(answer: Answer, rows: Sequence[AttackRow]) -> list[str]:
    """Lay out the header and the rows."""
    interval = f"mean [{100 * (1 - answer.inference.level):g} % interval]"
    groups = [
        Group("", ("fools",)),
        Group("mean margin", ("SSIM", "falls")),
        Group("overlap with the CAM", (interval,)),
        Group("given texture", ("and centre",)),
    ]
    table = [(row.display_name, _aligned(cells(row))) for row in rows]
    width = max([8, *(len(name) for name, _ in table)])
    lines = table_lines("", groups, table, width)
    excess = max(map(len, lines)) - WIDTH
    if excess > 0:
        lines = table_lines("", groups, table, max(8, width - excess))
    return [cut(line, WIDTH) for line in lines]


def _aligned(row: Sequence[str]) -> list[str]:
    """Leave the place of the star empty where there is none, so that numbers are aligned."""
    return [cell + " " if cell.endswith("]") else cell for cell in row]
