"""Stored tables of deletion and insertion curves."""

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.overlap import UNIT_KIND

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
    Column("shares", "list<float64>", "Share of cells deleted or inserted.", True),
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
    "one attack, kind of curve, and order or pair of orders",
    (
        Column("attack", "string", "Name of the attack in the configuration."),
        Column("kind", "string", "`deletion` or `insertion`."),
        Column("order", "string", "As in the curves."),
        Column("against", "string", "The order that is subtracted, image by image.", True),
        Column("n", "int32", "Images that have all curves of this attack."),
        Column("n_missing", "int32", "Images that lack one of them."),
        Column(
            "mean",
            "float64",
            "Mean area over images, or mean difference.",
            True,
        ),
        Column(
            "ci_low",
            "float64",
            "Lower end of its bootstrap interval, if any.",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        UNIT_KIND,
    ),
)
