"""Stored tables of what each figure shows; a figure is drawn from its table and pixels alone."""

from dataclasses import replace

from ssimball.storage.contracts.answer_figures import (
    FIGURE_BY_IMAGE,
    FIGURE_CLASSES,
    FIGURE_DIRECTIONS,
    FIGURE_EVIDENCE,
    FIGURE_NETWORKS,
    FIGURE_OVERVIEW,
    columns_of,
)
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.overlap import SUMMARY
from ssimball.storage.contracts.region_test import REGION_TEST_SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY

_ATTACK = SUMMARY.columns[0]

FIGURE_SENSITIVITY = Contract(
    "figure_sensitivity",
    "figures/sensitivity.parquet",
    "one point of the figure: a level and quantity, as in sensitivity.parquet",
    columns_of(
        SENSITIVITY,
        "factor level is_base is_control attack network measure reference distortion n mean ci_low "
        "ci_high difference difference_ci_low difference_ci_high",
    ),
)

FIGURE_CURVES = Contract(
    "figure_curves",
    "figures/curves.parquet",
    "one mean of the figure: a point of a curve, or the area under one",
    (
        Column(
            "attack",
            "string",
            "Name of the attack; null for the orders `cam` and `random`, which need none.",
            True,
        ),
        Column("order", "string", "What the cells are ranked by: `deficit`, `cam` or `random`."),
        Column("kind", "string", "`deletion` or `insertion`."),
        Column("share", "float64", "Share of the cells; null for the area.", True),
        *columns_of(CAUSAL_SUMMARY, "n mean ci_low ci_high"),
    ),
    may_be_empty=True,
)

FIGURE_REGION_TEST = Contract(
    "figure_region_test",
    "figures/region_test.parquet",
    "one region of the figure, by what changes it",
    (
        Column("kind", "string", "What changes the region: `attack` or `noise`."),
        *columns_of(
            REGION_TEST_SUMMARY,
            "region n margin_fall margin_fall_low margin_fall_high "
            "fooling_rate fooling_rate_low fooling_rate_high share_low share_high",
        ),
    ),
    may_be_empty=True,
)

FIGURE_DOSE = Contract(
    "figure_dose",
    "figures/dose.parquet",
    "one point of the figure",
    (
        Column("attack", "string", "Name of the base attack or of the control."),
        Column("is_control", "bool", "Whether it is the control."),
        Column(
            "kind",
            "string",
            "`dose`: all images at one mean SSIM or budget; `smallest`: the smallest perturbation "
            "of each image that fools, or the largest tried.",
        ),
        Column("level", "string", "`as configured`, or factor and value of the sweep."),
        Column("n", "int32", "Images with an overlap."),
        Column("dose", "float64", "1 - mean SSIM, the median over stored images.", True),
        Column(
            "difference",
            "float64",
            "The primary endpoint.",
            True,
        ),
        Column("ci_low", "float64", "Lower end of its interval.", True),
        Column("ci_high", "float64", "Upper end.", True),
        Column("fooled", "float64", "Share of images fooled.", True),
        Column("fooled_low", "float64", "Lower end of its interval.", True),
        Column("fooled_high", "float64", "Upper end.", True),
    ),
)

FIGURE_FOOLING = Contract(
    "figure_fooling",
    "figures/fooling.parquet",
    "one point of the figure",
    (
        _ATTACK,
        Column(
            "kind",
            "string",
            "`rate`: all stored images; `level`: the same at a level of the sweep that changes the "
            "budget; `curve`: images fooled at this mean SSIM or above, at each rise.",
        ),
        Column("level", "string", "Only of `level`: factor and value.", True),
        Column("n", "int32", "Images with a stored image."),
        Column(
            "mean_ssim",
            "float64",
            "Mean over these images; of `curve`, the mean SSIM of one.",
            True,
        ),
        Column("mean_ssim_low", "float64", "Lower end of the interval of the mean.", True),
        Column("mean_ssim_high", "float64", "Upper end.", True),
        Column("fooled", "float64", "Share of the n images that are fooled.", True),
        Column(
            "fooled_low",
            "float64",
            "Lower end of its interval; null for `curve`.",
            True,
        ),
        Column("fooled_high", "float64", "Upper end.", True),
    ),
)


def _spread(quantities: str, volatile: bool = False) -> tuple[Column, ...]:
    quantiles = (
        Column("minimum", "float64", "The smallest value.", True),
        Column("p05", "float64", "Quantile 0.05, linear between values.", True),
        Column("p25", "float64", "Quantile 0.25.", True),
        Column("median", "float64", "Quantile 0.5.", True),
        Column("p75", "float64", "Quantile 0.75.", True),
        Column("p95", "float64", "Quantile 0.95.", True),
        Column("maximum", "float64", "The largest value.", True),
    )
    return (
        _ATTACK,
        Column("quantity", "string", quantities),
        Column("n", "int32", "Images with a value."),
        Column("n_missing", "int32", "Images with a stored image and no value."),
        *(replace(column, volatile=volatile) for column in quantiles),
    )


_SPREAD_ROW = "one attack and quantity over images; no row where no attack has it"

FIGURE_RADII = Contract(
    "figure_radii",
    "figures/radii.parquet",
    _SPREAD_ROW,
    _spread(
        "Of the smallest perturbation that fools: `smallest_budget`, `l2`, `linf` (image in [0, "
        "1]) or `ssim_distance` (1 - mean SSIM)."
    ),
    may_be_empty=True,
)

FIGURE_GAPS = Contract(
    "figure_gaps",
    "figures/gaps.parquet",
    _SPREAD_ROW,
    (
        *_spread("`gap`, the relative duality gap of the attacks table."),
        Column(
            "tolerance",
            "float64",
            "The requested gap; null for conic solvers.",
            True,
        ),
        Column(
            "n_within",
            "int32",
            "Images whose gap is not above it.",
            True,
        ),
    ),
    may_be_empty=True,
)

FIGURE_COSTS = Contract(
    "figure_costs",
    "figures/costs.parquet",
    _SPREAD_ROW,
    _spread("`forward_passes`, `backward_passes` or `iterations` of the attacks table."),
    may_be_empty=True,
)

FIGURE_SECONDS = Contract(
    "figure_seconds",
    "figures/seconds.parquet",
    f"{_SPREAD_ROW}; quantiles are no part of the content hash",
    _spread("`seconds` or `solve_seconds` of the attacks table.", volatile=True),
    may_be_empty=True,
)

_SHOWN = (
    IMAGE_ID,
    Column(
        "shard",
        "string",
        "Name of the files that hold the image and its maps.",
    ),
    LABEL,
    Column("true_name", "string", "Name of the true class."),
    Column("predicted", "int32", "Class of the stored image."),
    Column("predicted_name", "string", "Name of that class."),
    Column("mean_ssim", "float64", "As in the attacks table."),
    Column(
        "spearman_cam",
        "float64",
        "Rank correlation of SSIM deficit and CAM, as in overlap.parquet.",
        True,
    ),
    Column("clean_sha256", "string", "Hex sha256 of `image_png` of clean/."),
    Column("adversarial_sha256", "string", "Hex sha256 of `adversarial_png` of attacks/."),
)

FIGURE_SHEET = Contract(
    "figure_sheet",
    "figures/sheet_<attack>.parquet",
    "one image on the contact sheet, from the top; its pixels and maps stay in their tables",
    _SHOWN,
    may_be_empty=True,
)

FIGURE_EXAMPLE = Contract(
    "figure_example",
    "figures/example.parquet",
    "the image of the figure under one attack; its pixels and maps stay in their tables",
    (_ATTACK, *_SHOWN),
    may_be_empty=True,
)

FIGURES = (
    *(FIGURE_EVIDENCE, FIGURE_OVERVIEW, FIGURE_BY_IMAGE, FIGURE_DIRECTIONS, FIGURE_CLASSES),
    *(FIGURE_NETWORKS, FIGURE_FOOLING, FIGURE_RADII, FIGURE_GAPS, FIGURE_COSTS, FIGURE_SECONDS),
    *(FIGURE_CURVES, FIGURE_REGION_TEST, FIGURE_SENSITIVITY, FIGURE_DOSE),
    *(FIGURE_EXAMPLE, FIGURE_SHEET),
)
