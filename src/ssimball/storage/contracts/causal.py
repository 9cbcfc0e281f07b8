"""Stored tables of the causal test."""

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract

CAUSAL = Contract(
    "causal",
    "causal/<attack>/<shard>.parquet",
    "one image under one attack, its perturbation cut to one part",
    (
        IMAGE_ID,
        LABEL,
        Column("status", "string", "`ok`, or why there is no value (then null from `predicted`)."),
        Column(
            "set",
            "string",
            "Cells that keep the perturbation: `top` and `bottom` (largest and smallest CAM of the "
            "true class), `random`, `rest_of_top` (all but the top), `all`, `none`.",
        ),
        Column(
            "area",
            "float64",
            "Share of the cells in the set, in round(area * cells) of them; of `rest_of_top` that "
            "of the top it leaves out.",
        ),
        Column(
            "terms",
            "string",
            "`equal_area`: the part as it is; `equal_energy`: scaled down before rounding to the "
            "least l2 norm of top, bottom and random.",
        ),
        Column("predicted", "int32", "Class of the cut 8-bit image.", True),
        Column("fooled", "bool", "predicted is the target; without one, other than label.", True),
        Column("margin", "float64", "Margin of the true class.", True),
        Column("margin_drop", "float64", "Margin on the clean image less that.", True),
        Column("l2", "float64", "Euclidean norm of the change left, image in [0, 1].", True),
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
        "What cells are ranked by: `deficit` (SSIM deficit), `cam` or `random`.",
    ),
    Column(
        "kind",
        "string",
        "`deletion`: cells are replaced in that order; `insertion`: they come back in it.",
    ),
    Column("shares", "list<float64>", "Share of the cells deleted or inserted.", True),
    Column("probabilities", "list<float64>", "Softmax of the true class at each share.", True),
    Column("area", "float64", "Area under that curve, trapezoidal.", True),
)

CURVES = Contract(
    "causal_curves",
    "causal_curves/<attack>/<shard>.parquet",
    "one image under one attack, and kind of curve; the order is that of the SSIM deficit",
    _CURVE,
)

REFERENCE_CURVES = Contract(
    "causal_references",
    "causal_references/<shard>.parquet",
    "one image, order and kind of curve; the orders are those of the CAM and of chance",
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
            "`fooling_rate`, `margin_drop`, `l2`, `mean_ssim` of causal; `deletion_area`, "
            "`insertion_area` of the curves.",
        ),
        Column("area", "float64", "As in causal; null for curves.", True),
        Column("terms", "string", "As in causal; null for curves.", True),
        Column("set", "string", "A set of cells, or the order of a curve."),
        Column("against", "string", "The set or order subtracted, image by image.", True),
        Column("n", "int32", "Images with a value; of a difference, with both."),
        Column("n_missing", "int32", "Images without."),
        Column("mean", "float64", "Mean over images, of the difference where there is one.", True),
        Column(
            "ci_low",
            "float64",
            "Lower end of its interval: Wilson's for a rate of independent images, bootstrap "
            "otherwise, by class where classes repeat; null where there is none.",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        Column(
            "units",
            "string",
            "What intervals and tests take as independent: `images`, or `classes` where classes "
            "repeat among them.",
        ),
        Column("only_set", "int32", "Images fooled by the set's part alone.", True),
        Column("only_against", "int32", "Images fooled by the other part alone.", True),
        Column(
            "test",
            "string",
            "Of a difference: `mcnemar`, exact, of these two, where images are the units; "
            "otherwise `sign_flips`, the permutation test that flips the differences of a unit.",
            True,
        ),
        Column("p_value", "float64", "Its p-value, two-sided, not corrected.", True),
        Column(
            "p_holm",
            "float64",
            "After Holm's correction over all attacks, areas, terms and pairs of the table. Three "
            "families: fooling rates, margin drops, and both kinds of curve together.",
            True,
        ),
        Column(
            "verdict",
            "string",
            "Of a difference, whose null is 0: `above null`, `below null` where p_holm is below "
            "the run's level; `not distinguishable from null`; `too few images to tell` where no "
            "value could have been.",
            True,
        ),
    ),
)
