"""Stored tables of overlap, image by image and across images."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract

_ATTACK = Column("attack", "string", "Name of the attack in the configuration.")

#: Columns that say which metric a row is about.
METRIC = (
    Column(
        "measure",
        "string",
        "How the map of the distortion is compared with the reference. With `cam`: `spearman`, "
        "`pearson`, `top_share`, `share_area`, `top_iou`, `pointing`, `auc`, `distance`, `partial` "
        "(`spearman` given texture and centre), `shift_rank`, `over_texture` and `over_centre` "
        "(`spearman` minus that with texture or centre). With `mask`: `spearman`, `pearson`, "
        "`share`, `share_area`, `top_iou`, `pointing`, `auc`, `distance`. With `texture` and "
        "`centre`: `spearman`. With other explanations: `spearman`, `top_share`. Distortions other "
        "than `deficit` have `spearman` and `top_share` with `cam`, `spearman` and `share` with "
        "`mask`, and `interpretability` with `cam` where they are a squared change.",
    ),
    Column(
        "reference",
        "string",
        "The map that the distortion is compared with: `cam`, `mask` (where there are masks), "
        "`texture`, `centre`, or the name of another explanation.",
    ),
    Column(
        "distortion",
        "string",
        "`deficit`, the SSIM deficit 1 - SSIM, or a name of `overlap.distortions`.",
    ),
)

OVERLAP = Contract(
    "overlap",
    "overlap.parquet",
    "one image, attack and metric; a metric is a measure, a reference and a distortion",
    (
        IMAGE_ID,
        _ATTACK,
        *METRIC,
        Column("value", "float64", "The measurement.", True),
        Column("reason", "string", "Why there is no value, where there is none.", True),
        Column(
            "null_value",
            "float64",
            "The same measure against the maps of other images, averaged over the draws; 1/2 for "
            "`shift_rank`, 0 for `over_texture` and `over_centre`.",
            True,
        ),
        Column(
            "null_reason",
            "string",
            "Why there is no null, where there is none; `centre` never has one.",
            True,
        ),
    ),
)

#: The same columns where a row may also be about a fact.
_QUANTITY = (
    Column(
        "measure",
        "string",
        "As in overlap.parquet; or a fact: `fooling_rate` or a column of the attacks table.",
    ),
    Column("reference", "string", "As in overlap.parquet; null for a fact.", True),
    Column("distortion", "string", "As in overlap.parquet; null for a fact.", True),
)

SUMMARY = Contract(
    "summary",
    "summary.parquet",
    "one attack and quantity: a metric or a fact",
    (
        _ATTACK,
        *_QUANTITY,
        Column("n", "int32", "Images with a value."),
        Column("n_missing", "int32", "Images without a value."),
        Column("mean", "float64", "Mean over images.", True),
        Column(
            "ci_low",
            "float64",
            "Lower end of the interval of the mean; null if n < 2 or all equal.",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        Column("median", "float64", "Median over images.", True),
        Column("median_ci_low", "float64", "Lower end of the interval of the median.", True),
        Column("median_ci_high", "float64", "Upper end.", True),
        Column("null_mean", "float64", "Mean of the null over images with value and null.", True),
        Column("null_ci_low", "float64", "Lower end of the interval of null_mean.", True),
        Column("null_ci_high", "float64", "Upper end.", True),
        Column("difference", "float64", "Mean of value minus null, image by image.", True),
        Column("difference_ci_low", "float64", "Lower end of the interval of difference.", True),
        Column("difference_ci_high", "float64", "Upper end.", True),
        Column(
            "p_null",
            "float64",
            "p-value of value minus null: two-sided sign-flip permutation test, not corrected.",
            True,
        ),
        Column(
            "p_null_holm",
            "float64",
            "p_null after Holm's correction over all attacks and metrics with a null. Two "
            "families: the SSIM deficit with CAM, object mask and texture; and all other metrics.",
            True,
        ),
        Column(
            "effect_size",
            "float64",
            "Cohen's d_z of value minus null: mean over standard deviation.",
            True,
        ),
        Column(
            "resolvable",
            "float64",
            "Mean of value minus null that a two-sided paired t test finds with probability 0.8, "
            "with this number of images and standard deviation, at the run's level, not corrected.",
            True,
        ),
        Column(
            "verdict",
            "string",
            "`above null` or `below null` where p_null_holm is below the run's level, by the sign "
            "of difference; `too few images to tell` where no p-value of so few images could be "
            "below it; otherwise `not distinguishable from null`. Null where nothing was tested.",
            True,
        ),
    ),
)

COMPARISONS = Contract(
    "comparisons",
    "comparisons.parquet",
    "one pair of attacks and metric; differences are attack minus other, image by image",
    (
        _ATTACK,
        Column("other", "string", "The attack it is compared with, later in the configuration."),
        *(replace(column, meaning="As in overlap.parquet.") for column in METRIC),
        Column("n", "int32", "Images that have a value under both attacks."),
        Column("mean_difference", "float64", "Mean over these images.", True),
        Column("ci_low", "float64", "Lower end of the interval of the mean.", True),
        Column("ci_high", "float64", "Upper end.", True),
        Column("median_difference", "float64", "Median over these images.", True),
        Column("median_ci_low", "float64", "Lower end of the interval of the median.", True),
        Column("median_ci_high", "float64", "Upper end.", True),
        Column(
            "wilcoxon_p",
            "float64",
            "p-value of Wilcoxon's signed-rank test, two-sided; zeros are handled as by Pratt.",
            True,
        ),
        Column("p_holm", "float64", "wilcoxon_p after Holm's correction over all rows.", True),
        Column(
            "verdict",
            "string",
            "Of the difference, whose null is 0: `above null` (the attack's values are larger) or "
            "`below null` where p_holm is below the run's level; `too few images to tell` where "
            "no p-value of so few images could be below it; otherwise `not distinguishable from "
            "null`.",
        ),
        Column("rank_biserial", "float64", "Matched-pairs rank-biserial correlation.", True),
        Column("d_z", "float64", "Cohen's d_z: mean over standard deviation.", True),
        Column(
            "units",
            "string",
            "What test and effect sizes take as independent: `images`, or means over `classes` "
            "where classes repeat.",
        ),
        Column("reason", "string", "Why there is no difference or no interval.", True),
    ),
    may_be_empty=True,
)
