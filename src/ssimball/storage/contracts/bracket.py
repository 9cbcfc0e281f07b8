"""Columns of the ``attacks`` table for the bracket of the true SSIM ball."""

from ssimball.storage.contracts.columns import Column

BRACKET = (
    Column(
        "bracket_lower",
        "float64",
        "`<gradient, d>` of a d with mean SSIM >= 1 - budget. With `bracket` only, as all of this "
        "name.",
        True,
    ),
    Column(
        "bracket_upper", "float64", "Upper bound on that product over the whole true ball.", True
    ),
    Column("bracket_ratio", "float64", "bracket_lower / bracket_upper.", True),
    Column("bracket_scale", "float64", "d is this times bracket_point, clipped to the box.", True),
    Column("bracket_multiplier", "float64", "Multiplier nu of the upper bound.", True),
)

BRACKET_ARRAYS = (
    Column("bracket_point", "float16", "See bracket_scale.", True, dims=("C", "H", "W")),
    Column(
        "bracket_tangent",
        "float16",
        "Point of the upper bound.",
        True,
        dims=("C", "H", "W"),
    ),
)
