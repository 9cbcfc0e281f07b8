"""What the overlap with the CAM can be compared with: a table of means, without tests."""

from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, Metric
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import paragraph
from ssimball.report.text.table import Group, table_lines

#: By title of a column, the metric that it shows, the style of its numbers, and what it is.
_COLUMNS = {
    "CAM": (SPEARMAN_CAM, "+z.2f", "rank correlation of SSIM deficit and CAM"),
    "shifts": (
        Metric("shift_rank", "cam"),
        ".2f",
        "share of the CAM's shifted copies that correlate less than the CAM; 1/2 by chance",
    ),
    "texture": (Metric("spearman", "texture"), "+z.2f", "rank correlation with local variance"),
    "centre": (Metric("spearman", "centre"), "+z.2f", "rank correlation with closeness to centre"),
    "partial": (PARTIAL_CAM, "+z.2f", "rank correlation with the CAM given texture and centre"),
}


def null_lines(summary: Summary) -> list[str]:
    """Return the table of means, with what its columns mean.

    Attacks without a partial correlation have no line; without any such attack there is no table.
    """
    attacks = [
        name for name in summary.attacks if summary.estimate(name, PARTIAL_CAM).mean is not None
    ]
    if not attacks:
        return []
    rows = [
        (name, [summary.number(name, metric, style) for metric, style, _ in _COLUMNS.values()])
        for name in attacks
    ]
    note = "The overlap beside simpler maps, means over images. Nothing here is tested:"
    meanings = [f"  {title:<9}{meaning}" for title, (_, _, meaning) in _COLUMNS.items()]
    table = table_lines("attack", [Group("", tuple(_COLUMNS))], rows)
    return [paragraph(note), *meanings, *table]
