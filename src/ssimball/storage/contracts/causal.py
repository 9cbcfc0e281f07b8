"""Stored tables of the causal test."""

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.overlap import UNIT_KIND

CAUSAL = Contract(
    "causal",
    "causal/<attack>/<shard>.parquet",
    "one part of the perturbation of one image under one attack",
    (
        IMAGE_ID,
        LABEL,
        Column("status", "string", "`ok`, or why there is no value (then null from `predicted`)."),
        Column(
            "set",
            "string",
            "Cells in which the perturbation stays: `top` and `bottom` (largest and smallest CAM "
            "of the true class), `random`, `rest_of_top` (all but the top), `all`, `none`.",
        ),
        Column(
            "area",
            "float64",
            "Share of the cells in the set, which has round(area * cells) of them; for "
            "`rest_of_top` the share of the top cells that it leaves out.",
        ),
        Column(
            "terms",
            "string",
            "`equal_area`: the part as it is; `equal_energy`: scaled down before rounding to the "
            "smallest l2 norm of `top`, `bottom` and `random`.",
        ),
        Column(
            "predicted",
            "int32",
            "Class of the 8-bit image with this part of the perturbation.",
            True,
        ),
        Column(
            "fooled", "bool", "predicted is the target; without a target, it is not label.", True
        ),
        Column("margin", "float64", "Margin of the true class.", True),
        Column("margin_drop", "float64", "Margin on the clean image minus that margin.", True),
        Column("l2", "float64", "Euclidean norm of the part, image in [0, 1].", True),
        Column("mean_ssim", "float64", "Mean SSIM with the clean image.", True),
    ),
)

_CURVE = (
    IMAGE_ID,
    LABEL,
    Column("status", "string", "`ok`, or why there is no curve (then null from `shares`)."),
    Column(
        "order",
        "string",
        "What the cells are ranked by: `deficit` (SSIM deficit), `cam` or `random`.",
    ),
    Column(
        "kind",
        "string",
        "`deletion`: cells are replaced in that order; `insertion`: they are restored in it.",
    ),
    Column("shares", "list<float64>", "Share of the cells deleted or inserted.", True),
    Column("probabilities", "list<float64>", "Softmax of the true class at each share.", True),
    Column("area", "float64", "Area under that curve, trapezoidal.", True),
)

CURVES = Contract(
    "causal_curves",
    "causal_curves/<attack>/<shard>.parquet",
    "one image under one attack, and kind of curve; cells are in the order of the SSIM deficit",
    _CURVE,
)

REFERENCE_CURVES = Contract(
    "causal_references",
    "causal_references/<shard>.parquet",
    "one image, order and kind of curve; cells are in the order of the CAM or at random",
    _CURVE,
)

CAUSAL_SUMMARY = Contract(
    "causal_summary",
    "causal_summary.parquet",
    "one attack, metric, area, terms and set or pair of sets",
    (
        Column("attack", "string", "Name of the attack in the configuration."),
        Column(
            "metric",
            "string",
            "From causal: `fooling_rate`, `margin_drop`, `l2`, `mean_ssim`. From the curves: "
            "`deletion_area`, `insertion_area`.",
        ),
        Column("area", "float64", "As in causal; null for curves.", True),
        Column("terms", "string", "As in causal; null for curves.", True),
        Column("set", "string", "A set of cells, or the order of a curve."),
        Column("against", "string", "The set or order that is subtracted, image by image.", True),
        Column("n", "int32", "Images that have all values of this attack, area and terms."),
        Column("n_missing", "int32", "Images that lack one of them."),
        Column(
            "mean",
            "float64",
            "Mean over images; of the difference where something is subtracted.",
            True,
        ),
        Column(
            "ci_low",
            "float64",
            "Lower end of the interval of the mean: Wilson's for a rate of independent images, "
            "otherwise bootstrap; null where there is none.",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        UNIT_KIND,
    ),
)
