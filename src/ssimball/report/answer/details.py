"""What the answer leaves out: the overlap of each attack by other measures and with other maps."""

from collections.abc import Sequence

import pandas as pd

from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SPEARMAN_CAM,
    TOP_IOU_CAM,
    TOP_SHARE_CAM,
    Metric,
    Quantity,
)
from ssimball.report.text.estimates import Summary
from ssimball.report.text.formatting import Row
from ssimball.storage.contracts.class_roles import ROLES

_SHIFT_RANK = Metric("shift_rank", "cam")
#: By title of a column, the metric, the style of its numbers, and the column of the summary.
_COLUMNS: dict[str, tuple[Quantity, str, str]] = {
    "images": (SPEARMAN_CAM, "d", "n"),
    "own CAM": (SPEARMAN_CAM, "+z.2f", "mean"),
    "others' CAMs": (SPEARMAN_CAM, "+z.2f", "null_mean"),
    "shifts below": (_SHIFT_RANK, ".2f", "mean"),
    "texture": (Metric("spearman", "texture"), "+z.2f", "mean"),
    "centre": (Metric("spearman", "centre"), "+z.2f", "mean"),
    "own CAM given both": (PARTIAL_CAM, "+z.2f", "mean"),
    "others' given both": (PARTIAL_CAM, "+z.2f", "null_mean"),
    "share in top cells": (TOP_SHARE_CAM, ".2f", "mean"),
    "others' top cells": (TOP_SHARE_CAM, ".2f", "null_mean"),
    "IoU of top cells": (TOP_IOU_CAM, ".2f", "mean"),
    "with others'": (TOP_IOU_CAM, ".2f", "null_mean"),
    **{
        f"own CAM less {role.replace('_', ' ')}": (Metric(f"over_{role}", "cam"), "+z.2f", "mean")
        for role in ROLES
    },
    "gap": ("gap", ".2g", "mean"),
    "bracket": ("bracket_ratio", ".4f", "mean"),
}


def details_table(rows: Sequence[Row]) -> str:
    """Return means over images by attack, as a Markdown table.

    Args:
        rows: rows of contracts.overlap.SUMMARY.
    """
    summary = Summary.from_rows(rows)
    table = pd.DataFrame(
        {"attack": attack}
        | {
            title: summary.number(attack, quantity, style, column)
            for title, (quantity, style, column) in _COLUMNS.items()
        }
        for attack in summary.attacks
    )
    return str(table.to_markdown(index=False, disable_numparse=True)) + "\n"
