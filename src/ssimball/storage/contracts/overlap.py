"""Stored tables of overlap, image by image and across images."""

from dataclasses import replace

from ssimball.storage.contracts.columns import IMAGE_ID, Column, Contract

_ATTACK = Column("attack", "string", "Name of the attack in the configuration.")

UNIT_KIND = Column(
    "unit_kind",
    "string",
    "What is independent: `images`, or `classes`, whose images count together.",
)

#: Columns that say which metric a row is about.
METRIC = (
    Column(
        "measure",
        "string",
        "How distortion and reference are compared. With `cam`: `spearman`, `pearson`, "
        "`top_share`, `share_area`, `top_iou`, `pointing`, `auc`, `distance`, `partial` "
        "(`spearman` given texture and centre), `shift_rank`, and `spearman` minus that with "
        "texture or centre (`over_texture`, `over_centre`) or with the CAMs of class_cams "
        "(`over_runner_up`, `over_top_ten`, `over_random_class`, `over_class_mean`). With "
        "`mask`: `spearman`, `pearson`, `share`, `share_area`, `top_iou`, `pointing`, `auc`, "
        "`distance`. With `texture` and `centre`: `spearman`. With other explanations: "
        "`spearman`, `top_share`. Distortions other than `deficit`: `spearman` and `top_share` "
        "with `cam`, `spearman` and `share` with `mask`, `interpretability` with `cam` for a "
        "squared change.",
    ),
    Column(
        "reference",
        "string",
        "`cam`, `mask` (of the object), `texture`, `centre`, or the name of another explanation.",
    ),
    Column("distortion", "string", "`deficit` (1 - SSIM), or a name of `overlap.distortions`."),
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
            "The same with other images' maps, mean over draws; 1/2 for `shift_rank`, 0 for "
            "`over_`.",
            True,
        ),
        Column(
            "null_reason",
            "string",
            "Why there is no null; `centre` never has one.",
            True,
        ),
    ),
)

PRIMARY = Contract(
    "primary",
    "primary.parquet",
    "one attack or control of the run, with the primary endpoint: the rank correlation of SSIM "
    "deficit and CAM minus its null (`value` minus `null_value` of overlap.parquet, of `spearman`, "
    "`cam` and `deficit`)",
    (
        _ATTACK,
        Column("is_control", "bool", "Whether it is a control."),
        Column("n", "int32", "Images with a value and a null."),
        Column("n_missing", "int32", "Images of the run without one of them."),
        Column("units", "int32", "Independent units among the n images."),
        UNIT_KIND,
        Column("unit_reason", "string", "Why these are the units."),
        Column("effect", "float64", "Mean over images of value minus null.", True),
        Column("ci_low", "float64", "Lower end of its interval, not corrected.", True),
        Column("ci_high", "float64", "Upper end.", True),
        Column(
            "p",
            "float64",
            "p-value of the two-sided sign-flip test over units, not corrected.",
            True,
        ),
        Column("p_holm", "float64", "p after Holm's correction over all rows that have one.", True),
        Column(
            "verdict",
            "string",
            "`above null` or `below null` by the sign of effect where p_holm is below the run's "
            "level; `too few` where no p-value of so few units could be; else `no significant "
            "difference`.",
        ),
        Column(
            "resolvable",
            "float64",
            "Effect that a two-sided paired t test would find with probability 0.8 at the level "
            "over the number of tests; null: none with so few units.",
            True,
        ),
        Column(
            "images_needed",
            "int32",
            "Images that would find this effect so; null where it was found, is 0, has fewer "
            "than 4 units, or needs more than a million.",
            True,
        ),
        Column("reason", "string", "Why there is no effect or no interval.", True),
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
            "effect_size",
            "float64",
            "Cohen's d_z of value minus null: mean over standard deviation.",
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
        Column("d_z", "float64", "Cohen's d_z: mean over standard deviation.", True),
        UNIT_KIND,
        Column("reason", "string", "Why there is no difference or no interval.", True),
    ),
    may_be_empty=True,
)
