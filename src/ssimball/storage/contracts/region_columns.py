"""Columns of the tables of regions."""

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
DRAW = Column("draw", "int32", "Number of the random set, from 0; 0 for other regions.")
CELLS = Column(
    "cells",
    "list<int32>",
    "Cells of the region, row by row of the CAM's grid from 0, in ascending order.",
    True,
)


def ends(name: str, of: str) -> tuple[Column, Column]:
    """Return the columns of an interval."""
    return (
        Column(f"{name}_low", "float64", f"Lower end of the interval of {of}.", True),
        Column(f"{name}_high", "float64", "Upper end.", True),
    )
