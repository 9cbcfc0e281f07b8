"""Stored tables of the region test."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import UNIT_KIND
from ssimball.storage.contracts.region_columns import CELLS, DRAW, FOOLED, REGION, STATUS, SUMMARY

REGION_TEST = Contract(
    "region_test",
    "region_test/<shard>.parquet",
    "the attack's step confined to one region of one clean image",
    (
        IMAGE_ID,
        STATUS,
        REGION,
        DRAW,
        Column(
            "primal",
            "float64",
            "`<g, d>` of the best step found inside at the attack's own radius, g as in "
            "attacks: a lower bound on the region's optimum.",
            True,
        ),
        Column("dual", "float64", "Upper bound on that optimum.", True),
        Column(
            "share_low",
            "float64",
            "Lower bound on the region's share of the whole optimum: `primal` over the `dual` "
            "of `all`; null at gradient 0.",
            True,
        ),
        Column("share_high", "float64", "Upper bound: `dual` over the `primal` of `all`.", True),
        Column(
            "spent_inside",
            "float64",
            "Share of the allowed distortion that the whole image's best step spends in windows "
            "centred here; of `top_cam` and the first random set, model Q, as the next two.",
            True,
        ),
        Column(
            "least_low",
            "float64",
            "Lower bound on that share for every d whose `<g, d>` reaches "
            "`region_test.least_share` of the optimum.",
            True,
        ),
        Column(
            "least_high",
            "float64",
            "That share of a d that reaches this part of the `primal` of `all`.",
            True,
        ),
        Column("epsilon", "float64", "Radius of the ball of the judged image.", True),
        Column("scale", "float64", "Factor of its perturbation before rounding.", True),
        Column("mean_ssim", "float64", "Mean SSIM of the judged 8-bit image.", True),
        Column(
            "matched",
            "bool",
            "It is within the tolerance of the target; false where box and cap leave too little "
            "room.",
            True,
        ),
        Column(
            "margin_fall",
            "float64",
            "Margin on the clean image minus that on the judged image, logits.",
            True,
        ),
        FOOLED,
        CELLS,
    ),
)

REGION_TEST_SUMMARY = Contract(
    "region_test_summary",
    "region_test.parquet",
    "one region, over all correctly classified images that have it",
    (
        *SUMMARY,
        Column("mean_ssim", "float64", "Mean of the mean SSIM.", True),
        Column("matched_rate", "float64", "Share of images, or sets, that meet the target.", True),
        Column("share_low", "float64", "Mean of the lower bounds on the share.", True),
        Column("share_high", "float64", "Mean of the upper bounds on the share.", True),
        Column("spent_inside", "float64", "Mean of that share of the distortion.", True),
        Column("least_low", "float64", "Mean of the lower bounds on the least such share.", True),
        Column("least_high", "float64", "Mean of the upper bounds on it.", True),
        UNIT_KIND,
    ),
)
