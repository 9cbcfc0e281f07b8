"""Stored tables of the sensitivity sweep."""

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract
from ssimball.storage.contracts.overlap import OVERLAP, SUMMARY

_LEVEL = (
    Column(
        "factor",
        "string",
        "What is changed: a setting of the base attack, `mean_ssim`, `network`; or how its stored "
        "images are looked at: `top`, `explanation`, `layer`, `distortion`.",
    ),
    Column("level", "string", "The value it is changed to."),
    Column("is_base", "bool", "Whether this is the run as configured."),
    Column("attack", "string", "Name of the attack whose stored images it is about."),
    Column("network", "string", "Name of another network; null: the run's own.", True),
)
_METRIC = Column(
    "metric",
    "string",
    "`spearman`, `top_share`, `top_iou`, `partial` with `_cam`, `spearman` and `share` with "
    "`_mask` where there are masks, as in overlap.parquet. Of factor `explanation` and `layer`, "
    "`_cam` stands for that explanation; of `distortion`, the measure is of that distortion; of "
    "`top`, of that share of cells.",
)

SENSITIVITY_OVERLAP = Contract(
    "sensitivity_overlap",
    "sensitivity_overlap.parquet",
    "one image, level and metric",
    (IMAGE_ID, *_LEVEL, _METRIC, *OVERLAP.columns[3:]),
)

SENSITIVITY = Contract(
    "sensitivity",
    "sensitivity.parquet",
    "one level and metric; correction for the number of tests is over all of them",
    (*_LEVEL, _METRIC, *SUMMARY.columns[2:]),
)
