"""Stored tables of what each figure shows; a figure is drawn from its table and pixels alone."""

from dataclasses import replace

from ssimball.storage.contracts.causal import CAUSAL_SUMMARY
from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract
from ssimball.storage.contracts.overlap import COMPARISONS, SUMMARY
from ssimball.storage.contracts.sensitivity import SENSITIVITY


def _columns(contract: Contract, names: str) -> tuple[Column, ...]:
    """Return columns of the table whose rows a figure shows."""
    known = {column.name: column for column in contract.columns}
    return tuple(known[name] for name in names.split())


FIGURE_OVERVIEW = Contract(
    "figure_overview",
    "figures/overview.parquet",
    "one point of the figure: an attack and metric, as in summary.parquet",
    _columns(
        SUMMARY,
        "attack measure reference distortion n mean ci_low ci_high null_mean null_ci_low "
        "null_ci_high",
    ),
)

FIGURE_EVIDENCE = Contract(
    "figure_evidence",
    "figures/evidence.parquet",
    "one point of the figure",
    (
        Column(
            "panel",
            "string",
            "`fooling`: an attack of the run; `class`: own CAM less another CAM, and `network`: "
            "own CAM less other images' CAMs, of one attack.",
        ),
        Column(
            "label",
            "string",
            "Name of the attack; `other_images` or the role of a class as in class_cams/; number "
            "of random layers as in randomised.parquet.",
        ),
        Column("is_control", "bool", "Whether it is a control; null except for `fooling`.", True),
        Column("n", "int32", "Images."),
        Column("fooled", "float64", "Share of images fooled; null except for `fooling`.", True),
        Column("difference", "float64", "Mean difference of rank correlations.", True),
        Column("ci_low", "float64", "Lower end of its interval.", True),
        Column("ci_high", "float64", "Upper end.", True),
    ),
)

FIGURE_PAIRED = Contract(
    "figure_paired",
    "figures/paired.parquet",
    "one pair of attacks, as in comparisons.parquet; none where there is nothing to compare",
    _columns(COMPARISONS, "attack other measure reference distortion n mean_difference"),
    may_be_empty=True,
)

FIGURE_CAUSAL = Contract(
    "figure_causal",
    "figures/causal.parquet",
    "one point of the figure, as in causal_summary.parquet",
    _columns(CAUSAL_SUMMARY, "attack metric area terms set against n mean ci_low ci_high"),
)

FIGURE_SENSITIVITY = Contract(
    "figure_sensitivity",
    "figures/sensitivity.parquet",
    "one point of the figure: a level and quantity, as in sensitivity.parquet",
    _columns(
        SENSITIVITY,
        "factor level is_base is_control attack network measure reference distortion n mean ci_low "
        "ci_high difference difference_ci_low difference_ci_high",
    ),
)

_ATTACK = SUMMARY.columns[0]

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
            "`dose`: all images at one mean SSIM or budget; `smallest`: for each image, the "
            "smallest perturbation found that fools, or the largest one tried where none does.",
        ),
        Column("level", "string", "`as configured`, or factor and value of the sweep."),
        Column("n", "int32", "Images with an overlap."),
        Column("dose", "float64", "1 - mean SSIM, the median over stored images.", True),
        Column(
            "difference",
            "float64",
            "Mean rank correlation with the own CAM less that with other images' CAMs.",
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
            "`rate`: all stored images of the attack; `level`: the same at a level of the "
            "sensitivity sweep that changes the budget; `curve`: a corner where the curve rises: "
            "the images fooled by a stored image whose mean SSIM is at least this value.",
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
            "Lower end of the interval of fooled; null where there is none, as for `curve`.",
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
        "Of the smallest perturbation found that fools: `smallest_budget` (on the scale of the "
        "attack's budget), `l2`, `linf` (image in [0, 1]) or `ssim_distance` (1 - mean SSIM)."
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
            "The requested gap; null where a conic solver sets its own.",
            True,
        ),
        Column(
            "n_within",
            "int32",
            "Images whose gap is not above the tolerance; null where there is none.",
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

FIGURE_SHEET = Contract(
    "figure_sheet",
    "figures/sheet_<attack>.parquet",
    "one image on the contact sheet, from the top; its pixels and maps stay in their tables",
    (
        IMAGE_ID,
        Column(
            "shard",
            "string",
            "Name of the file in clean/, attacks/<attack>/, ssim/<attack>/ and explanations/cam/ "
            "that holds the image and its maps.",
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
    ),
    may_be_empty=True,
)

FIGURES = (
    FIGURE_EVIDENCE,
    *(FIGURE_OVERVIEW, FIGURE_PAIRED, FIGURE_FOOLING, FIGURE_RADII, FIGURE_GAPS, FIGURE_COSTS),
    *(FIGURE_SECONDS, FIGURE_CAUSAL, FIGURE_SENSITIVITY, FIGURE_DOSE, FIGURE_SHEET),
)
