"""Stored tables of the noise in regions of clean images."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import UNIT_KIND
from ssimball.storage.contracts.region_columns import CELLS, DRAW, FOOLED, REGION, STATUS, SUMMARY

REGION_NOISE = Contract(
    "region_noise",
    "region_noise/<shard>.parquet",
    "one region of one clean image",
    (
        IMAGE_ID,
        STATUS,
        REGION,
        DRAW,
        Column(
            "margin_fall",
            "float64",
            "Margin on the clean image minus that with noise, logits.",
            True,
        ),
        FOOLED,
        CELLS,
    ),
)


REGION_NOISE_SUMMARY = Contract(
    "region_noise_summary",
    "region_noise.parquet",
    "one region, over all correctly classified images that have it",
    (
        *SUMMARY,
        UNIT_KIND,
    ),
)
