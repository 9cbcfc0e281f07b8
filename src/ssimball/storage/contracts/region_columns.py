"""Columns that the tables of regions share."""

from ssimball.storage.contracts.columns import Column

REGION = Column(
    "region",
    "string",
    "[Cells that may change](statistics.md#noise-in-regions): `top_cam`, `top_gradient`, "
    "`top_texture`, `centre`, `other_cam`, `random` or `bottom_cam`, equally many; `object`, "
    "`all_but_top_cam` or `all`.",
)
STATUS = Column("status", "string", "`ok`, or why there is no value (then null).")
FOOLED = Column("fooled", "bool", "The network predicts another class than the true one.", True)
DRAW = Column("draw", "int32", "Number of the random set, from 0; else 0.")
CELLS = Column(
    "cells",
    "list<int32>",
    "Cells of the region, row by row of the CAM's grid from 0, ascending.",
    True,
)


def _ends(name: str, of: str) -> tuple[Column, Column]:
    """Return the columns of an interval."""
    return (
        Column(f"{name}_low", "float64", f"Lower end of the interval of {of}.", True),
        Column(f"{name}_high", "float64", "Upper end.", True),
    )


#: Columns of both summaries: falls of the margin and fooling rates of a region.
SUMMARY = (
    REGION,
    Column("n", "int32", "Images with a value."),
    Column("n_missing", "int32", "Images without one, also misclassified ones."),
    Column(
        "margin_fall",
        "float64",
        "Mean fall of the margin, logits; random sets of an image count as their mean.",
        True,
    ),
    *_ends("margin_fall", "that mean, bootstrap"),
    Column("fooling_rate", "float64", "Share of images, or of random sets, that fool.", True),
    *_ends(
        "fooling_rate",
        "that rate: Wilson's for independent images, else bootstrap",
    ),
    Column(
        "over_random",
        "float64",
        "Mean fall less that of the same image's random sets; null for `random`.",
        True,
    ),
    *_ends("over_random", "that mean, bootstrap"),
)
