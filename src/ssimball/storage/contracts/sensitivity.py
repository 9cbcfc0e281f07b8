"""Stored tables of the sensitivity sweep."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY

_LEVEL = (
    Column(
        "factor",
        "string",
        "What is changed: a setting of the base attack, `mean_ssim`, `comparison` or "
        "`network`; or in measuring, `explanation`, `layer` or `distortion`.",
    ),
    Column("level", "string", "The value it is changed to."),
    Column("is_base", "bool", "Whether it is the run as configured."),
    Column(
        "is_control",
        "bool",
        "Whether it is `sensitivity.control` in place of the base attack.",
    ),
    Column("attack", "string", "Name of the attack whose stored images are measured."),
    Column("network", "string", "Another network; null: the run's own.", True),
)
_METRIC = (
    Column(
        "measure",
        "string",
        "`spearman`, `top_share`, `top_iou`, `partial` with `cam`; `spearman`, `share` with "
        "`mask`.",
    ),
    Column(
        "reference",
        "string",
        "`cam`, standing for the explanation of factor `explanation` or `layer`; or `mask`.",
    ),
    Column(
        "distortion",
        "string",
        "`deficit`, standing for the distortion of factor `distortion`.",
    ),
)

SENSITIVITY_OVERLAP = Contract(
    "sensitivity_overlap",
    "sensitivity_overlap.parquet",
    "one image, level and metric",
    (IMAGE_ID, *_LEVEL, *_METRIC, *OVERLAP.columns[5:]),
)

SENSITIVITY = Contract(
    "sensitivity",
    "sensitivity.parquet",
    "one level and quantity",
    (
        *_LEVEL,
        replace(_METRIC[0], meaning=f"{_METRIC[0].meaning} Or a fact, as in summary.parquet."),
        *(
            replace(column, meaning=f"{column.meaning[:-1]}; null for a fact.", nullable=True)
            for column in _METRIC[1:]
        ),
        *SUMMARY.columns[4:],
    ),
)
