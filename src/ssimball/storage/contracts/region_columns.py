"""Columns that the tables of regions share."""

from ssimball.storage.contracts.columns import Column

REGION = Column(
    "region",
    "string",
    "Cells that may change. Equally many: those with the largest CAM of the true class "
    "(`top_cam`), mean absolute gradient of the margin (`top_gradient`), local variance "
    "(`top_texture`), closeness to the middle (`centre`), CAM of the image that this one is paired "
    "with (`other_cam`); `random`; those with the smallest CAM (`bottom_cam`). Others: those at "
    "least half inside the object (`object`); all but `top_cam` (`all_but_top_cam`); `all`.",
)
STATUS = Column("status", "string", "`ok`, or why there is no value (then null).")
FOOLED = Column("fooled", "bool", "The network predicts another class than the true one.", True)
DRAW = Column("draw", "int32", "Number of the random set, from 0; 0 for other regions.")
CELLS = Column(
    "cells",
    "list<int32>",
    "Cells of the region, row by row of the CAM's grid from 0, in ascending order.",
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
    Column("n_missing", "int32", "Images without one, misclassified ones included."),
    Column(
        "margin_fall",
        "float64",
        "Mean fall of the margin; the mean over an image's random sets counts as its value.",
        True,
    ),
    *_ends("margin_fall", "that mean, bootstrap; null where there is none"),
    Column("fooling_rate", "float64", "Share of images, or of random sets, that fool.", True),
    *_ends(
        "fooling_rate",
        "that rate: Wilson's for independent images, bootstrap for repeated classes and for "
        "random sets",
    ),
    Column(
        "over_random",
        "float64",
        "Mean of the fall less the mean fall of the same image's random sets; null for `random`.",
        True,
    ),
    *_ends("over_random", "that mean, bootstrap"),
)
