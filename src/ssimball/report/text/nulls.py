"""The nulls of the overlap with the CAM: what each is, and how the attacks compare with them."""

from dataclasses import dataclass

from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, Metric
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import VERDICT_WORDS, paragraph
from ssimball.report.text.table import Group, table_lines


@dataclass(frozen=True)
class Null:
    """A null that the overlap with the CAM is compared with.

    Attributes:
        name: short name, in lists.
        meaning: what it is, as a part of a sentence.
        tested: the metric whose test compares the overlap with this null.
        title: heading of its columns in the table.
        shown: the metric whose mean the table shows.
        style: how that mean is written.
        definition: what the column ``value`` holds, and what its null is.
    """

    name: str
    meaning: str
    tested: Metric
    title: str
    shown: Metric
    style: str
    definition: str


NULLS = (
    Null(
        name="other images",
        meaning="the CAMs of other images",
        tested=SPEARMAN_CAM,
        title="CAM",
        shown=SPEARMAN_CAM,
        style="+z.2f",
        definition="rank correlation with the CAM; null: the CAMs of other images",
    ),
    Null(
        name="shifts",
        meaning="shifted copies of the CAM",
        tested=Metric("shift_rank", "cam"),
        title="shifts",
        shown=Metric("shift_rank", "cam"),
        style=".2f",
        definition="share of the CAM's shifted copies that correlate less than the CAM; null: 1/2",
    ),
    Null(
        name="texture",
        meaning="the correlation with texture",
        tested=Metric("over_texture", "cam"),
        title="texture",
        shown=Metric("spearman", "texture"),
        style="+z.2f",
        definition="rank correlation with the image's local variance, which is the null",
    ),
    Null(
        name="centre",
        meaning="the correlation with the centre of the image",
        tested=Metric("over_centre", "cam"),
        title="centre",
        shown=Metric("spearman", "centre"),
        style="+z.2f",
        definition="rank correlation with a Gaussian around the image's centre, which is the null",
    ),
    Null(
        name="partial",
        meaning="other images' CAMs given texture and centre (partial)",
        tested=PARTIAL_CAM,
        title="partial",
        shown=PARTIAL_CAM,
        style="+z.2f",
        definition="rank correlation with the CAM given texture and centre; null: as for CAM",
    ),
)
_NOTE = (
    "How the overlap with the CAM compares with five nulls. Each verdict says where the overlap "
    "lies against the null of its column. The values are means over images:"
)


def null_lines(summary: Summary) -> list[str]:
    """Return the table of the overlap against each null, with what its columns mean.

    Attacks without a partial correlation have no line; without any such attack there is no table.
    """
    attacks = [
        name for name in summary.attacks if summary.estimate(name, PARTIAL_CAM).mean is not None
    ]
    if not attacks:
        return []
    groups = [Group(null.title, ("value", "verdict")) for null in NULLS]
    rows = [(attack, _cells(summary, attack)) for attack in attacks]
    meanings = [f"  {null.title:<9}{null.definition}" for null in NULLS]
    return [paragraph(_NOTE), *meanings, *table_lines("attack", groups, rows)]


def _cells(summary: Summary, attack: str) -> list[str]:
    cells = []
    for null in NULLS:
        tested = (attack, null.tested) in summary.estimates
        verdict = VERDICT_WORDS[summary.verdict(attack, null.tested)] if tested else "-"
        cells += [summary.number(attack, null.shown, null.style), verdict]
    return cells
