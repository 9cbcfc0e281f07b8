"""Stored tables of the noise in regions of clean images."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import UNIT_KIND
from ssimball.storage.contracts.region_columns import CELLS, DRAW, REGION, ends

REGION_NOISE = Contract(
    "region_noise",
    "region_noise/<shard>.parquet",
    "one region of one clean image",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or why there is no value (then null)."),
        REGION,
        DRAW,
        Column(
            "margin_fall",
            "float64",
            "Margin of the true class on the clean image minus that on the image with noise.",
            True,
        ),
        Column("fooled", "bool", "The network predicts another class than the true one.", True),
        CELLS,
    ),
)


REGION_NOISE_SUMMARY = Contract(
    "region_noise_summary",
    "region_noise.parquet",
    "one region, over all correctly classified images that have it",
    (
        REGION,
        Column("n", "int32", "Images with a value."),
        Column("n_missing", "int32", "Images without one, misclassified ones included."),
        Column(
            "margin_fall",
            "float64",
            "Mean fall of the margin; the mean over an image's random sets counts as its value.",
            True,
        ),
        *ends("margin_fall", "that mean, bootstrap; null where there is none"),
        Column("fooling_rate", "float64", "Share of images, or of random sets, that fool.", True),
        *ends(
            "fooling_rate",
            "that rate: Wilson's for independent images, bootstrap for repeated classes and for "
            "random sets",
        ),
        Column(
            "over_random",
            "float64",
            "Mean of the fall less the mean fall of the same image's random sets; null for "
            "`random`.",
            True,
        ),
        *ends("over_random", "that mean, bootstrap"),
        UNIT_KIND,
    ),
)
