"""The stored tables: columns, types and meaning. docs/formats.md is generated from here."""

from dataclasses import dataclass, replace
from typing import Literal

import pyarrow as pa

#: A tensor column's element type; its shape is fixed within a file and named by dimensions here.
TensorOf = Literal["float16", "float32", "float64"]


@dataclass(frozen=True)
class Column:
    """One column. ``dims`` names the dimensions of a tensor column, e.g. ``("C", "H", "W")``."""

    name: str
    type: str
    meaning: str
    nullable: bool = False
    dims: tuple[str, ...] = ()
    volatile: bool = False

    def accepts(self, kind: pa.DataType) -> bool:
        """Whether a stored column of this Arrow type honours the contract."""
        if not self.dims:
            return bool(kind == ARROW[self.type])
        return (
            isinstance(kind, pa.FixedShapeTensorType)
            and bool(kind.value_type == ARROW[self.type])
            and len(kind.shape) == len(self.dims)
        )


ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "binary": pa.binary(),
    # Parquet calls the items of a list "element"; so does what is read back.
    "list<bool>": pa.list_(pa.field("element", pa.bool_())),
    "list<float32>": pa.list_(pa.field("element", pa.float32())),
    "list<float64>": pa.list_(pa.field("element", pa.float64())),
}


@dataclass(frozen=True)
class Contract:
    """A stored table: where it lies, what a row is, its columns, whether it may have no row."""

    name: str
    path: str
    row: str
    columns: tuple[Column, ...]
    may_be_empty: bool = False

    @property
    def volatile(self) -> frozenset[str]:
        """Columns that differ between equal runs and are no part of the content hash."""
        return frozenset(column.name for column in self.columns if column.volatile)


IMAGE_ID = Column("image_id", "string", "Identifies the image in its data set.")
LABEL = Column("label", "int32", "True class, index in the network's order.")

SUBSET = Contract(
    "subset",
    "subset.parquet",
    "one image of the subset, in the order of drawing",
    (
        IMAGE_ID,
        Column("position", "int32", "Place in the order of drawing, from 0."),
        Column("shard", "string", "The shard the image is worked on in."),
        LABEL,
        Column("class_name", "string", "Name of the true class."),
        Column("status", "string", "`selected`, or `failed: <reason>`."),
        Column("sha256", "string", "sha256 of the image file (of the pixels for the demo).", True),
        Column("extra", "string", "Further columns of the manifest, a JSON object."),
    ),
)

CLASSES = Contract(
    "classes",
    "classes.parquet",
    "one class of the network",
    (
        Column("label", "int32", "Index of the class in the network's order."),
        Column("name", "string", "Its name in the data set."),
    ),
)

CLEAN = Contract(
    "clean",
    "clean/<shard>.parquet",
    "one image",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or `failed: <reason>` (then all that follows is null)."),
        LABEL,
        Column("predicted", "int32", "Class with the largest logit.", True),
        Column("correct", "bool", "predicted = label.", True),
        Column("probability", "float64", "Softmax probability of the predicted class.", True),
        Column("label_probability", "float64", "Softmax probability of the true class.", True),
        Column("margin", "float64", "Logit of the true class less the largest other.", True),
        Column("logits", "list<float32>", "All logits.", True),
        Column("image_png", "binary", "The preprocessed 8-bit RGB image, PNG.", True),
        Column("mask_png", "binary", "Object mask where the data set has one, 0/255 PNG.", True),
    ),
)

ATTACKS = Contract(
    "attacks",
    "attacks/<attack>/<shard>.parquet",
    "one image under one attack",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`attacked`; `unchanged: <why>` where rounding to 8 bits left nothing of the "
            "perturbation, `not found: <why>` where the attack has no answer: the clean image is "
            "stored; `skipped: <why>` or `failed: <reason>` (rest null).",
        ),
        LABEL,
        Column("target", "int32", "Class the attack moves towards; null: any but label.", True),
        Column(
            "success",
            "bool",
            "The stored image is classified as target; without one, other than label.",
            True,
        ),
        Column("predicted", "int32", "Class of the stored image.", True),
        Column("margin", "float64", "Margin of the true class on the stored image.", True),
        Column("clean_margin", "float64", "The same on the clean image.", True),
        Column("mean_ssim", "float64", "Mean SSIM of the stored pair (Wang 2004, RGB).", True),
        Column("min_ssim", "float64", "Smallest value of its SSIM map, over channels.", True),
        Column("mean_ssim_channels", "list<float64>", "The mean of R, G and B.", True),
        Column("min_ssim_channels", "list<float64>", "The smallest value of each.", True),
        Column("mean_ssim_luma", "float64", "Mean SSIM of the lumas (BT.601).", True),
        Column("min_ssim_luma", "float64", "Smallest value of their SSIM map.", True),
        Column(
            "ms_ssim",
            "float64",
            "MS-SSIM (Wang 2003), mean over channels; null below 161 pixels a side.",
            True,
        ),
        Column(
            "pass_similarity",
            "float64",
            "PASS (Rozsa 2016): SSIM after alignment; null where there is none.",
            True,
        ),
        Column("psnr", "float64", "Peak signal-to-noise ratio, dB; null: no change.", True),
        Column("linf", "float64", "Largest change of a pixel, image in [0, 1].", True),
        Column("l2", "float64", "Euclidean norm of the change, image in [0, 1].", True),
        Column("l1", "float64", "Sum of all changes' magnitudes, image in [0, 1].", True),
        Column("l0", "int32", "Pixels that changed in any channel.", True),
        Column("scale", "float64", "Factor of the perturbation before rounding.", True),
        Column(
            "budget",
            "float64",
            "The attack's budget setting in the run that the row comes from. Of an attack without "
            "one null, or `scale` in matched outcome.",
            True,
        ),
        Column(
            "matched",
            "bool",
            "Whether mean_ssim is within the tolerance of what was asked. Matched quality.",
            True,
        ),
        Column("forward_passes", "float64", "Images sent through the network, all runs.", True),
        Column("backward_passes", "float64", "Gradients taken of its output, all runs.", True),
        Column(
            "primal",
            "float64",
            "<gradient, perturbation> at the last oracle call. SSIM ball.",
            True,
        ),
        Column("dual", "float64", "Upper bound on the optimum of that call. SSIM ball.", True),
        Column("gap", "float64", "(dual - primal) / dual. SSIM ball.", True),
        Column("multiplier", "float64", "nu of the dual bound. SSIM ball.", True),
        Column(
            "iterations",
            "int32",
            "Solver iterations, all oracle calls of the run. SSIM ball.",
            True,
        ),
        Column(
            "stopped",
            "string",
            "`gap`, `iterations` (limit reached), `precision`, `rounds` (of freezing) or "
            "`zero gradient`; of a conic solver its status.",
            True,
        ),
        Column("solver", "string", "The conic solver. Conic SSIM ball.", True),
        Column(
            "solver_status",
            "string",
            "`optimal` (SCS: to 1e-5), `optimal to 1e-6` or `zero gradient`. Conic SSIM ball.",
            True,
        ),
        Column(
            "solve_seconds",
            "float64",
            "Time in the conic solver, without setting up. Conic SSIM ball.",
            True,
            volatile=True,
        ),
        Column(
            "solve_memory_mb",
            "float64",
            "Memory the solve took at most, MB; null where the system does not tell. Conic SSIM "
            "ball.",
            True,
            volatile=True,
        ),
        Column(
            "step_gaps",
            "list<float32>",
            "Frank-Wolfe gap of each step: <gradient of the loss, maximiser - iterate>. SSIM ball.",
            True,
        ),
        Column(
            "smallest_budget",
            "float64",
            "Smallest budget tried whose stored image succeeded; the row is that image's. Null "
            "where none did; the row is then that of the largest. Matched outcome.",
            True,
        ),
        Column(
            "budget_below",
            "float64",
            "Largest budget below it that was tried and did not succeed. Matched outcome.",
            True,
        ),
        Column(
            "trial_budgets",
            "list<float64>",
            "Every budget tried, in order. Matched outcome.",
            True,
        ),
        Column(
            "trial_successes",
            "list<bool>",
            "Whether the image stored with each succeeded. Matched outcome.",
            True,
        ),
        Column("seconds", "float64", "Time spent on the image.", True, volatile=True),
        Column("adversarial_png", "binary", "The adversarial 8-bit RGB image, PNG.", True),
        Column(
            "gradient",
            "float16",
            "Gradient of the last oracle call, divided by its largest magnitude. SSIM ball.",
            True,
            dims=("C", "H", "W"),
        ),
        Column(
            "perturbation",
            "float32",
            "Solution of the last oracle call, before shrinking and rounding. SSIM ball.",
            True,
            dims=("C", "H", "W"),
        ),
        Column(
            "tangent",
            "float32",
            "Where the dual bound is taken; null: at the perturbation. SSIM ball, not Q alone.",
            True,
            dims=("C", "H", "W"),
        ),
        Column(
            "window_multipliers",
            "float32",
            "Of each window's structure and luminance. SSIM ball with a local constraint.",
            True,
            dims=("2", "C", "h", "w"),
        ),
    ),
)

EXPLANATIONS = Contract(
    "explanations",
    "explanations/<explanation>/<shard>.parquet",
    "one class explained on one clean image; an image's first row is of its label",
    (
        IMAGE_ID,
        Column(
            "status",
            "string",
            "`ok`; `failed: <reason>` or, where there is no image, its status (rest null).",
        ),
        LABEL,
        Column("image", "string", "What is explained on: `clean` or `adversarial`."),
        Column(
            "explained",
            "string",
            "Whose class: `label`, `predicted` (of the clean image, where other than label) or "
            "`adversarial` (predicted of the adversarial image, where other than label).",
        ),
        Column("class_index", "int32", "The class explained, index in the network's order."),
        Column("logit", "float64", "Its logit on that image.", True),
        Column(
            "bias", "float64", "mean(map) + bias = logit, for maps that account for it: cam.", True
        ),
        Column(
            "map",
            "float32",
            "The map, raw: no ReLU, scaling or resizing. On the grid of the layer's features, or "
            "(H, W) for gradients.",
            True,
            ("h", "w"),
        ),
    ),
)

EXPLANATIONS_ATTACKED = replace(
    EXPLANATIONS,
    name="explanations_attacked",
    path="explanations_attacked/<attack>/<explanation>/<shard>.parquet",
    row="one class explained on one image, clean or adversarial, under one attack; the first row "
    "of an image is of its label on the adversarial image",
)

SSIM = Contract(
    "ssim",
    "ssim/<attack>/<shard>.parquet",
    "one image under one attack",
    (
        IMAGE_ID,
        Column("status", "string", "`ok`, or the status of the attack (rest null)."),
        Column("mean_ssim", "float64", "Mean of the map.", True),
        Column("min_ssim", "float64", "Smallest SSIM of any window and channel.", True),
        Column(
            "ssim_map",
            "float64",
            "SSIM at every valid window position, mean over channels; the value at (i, j) belongs "
            "to the window centred at pixel (i + 5, j + 5).",
            True,
            ("H-10", "W-10"),
        ),
    ),
)

OVERLAP = Contract(
    "overlap",
    "overlap.parquet",
    "one image, attack and metric",
    (
        IMAGE_ID,
        Column("attack", "string", "Name of the attack in the configuration."),
        Column(
            "metric",
            "string",
            "`spearman`, `pearson`, `top_share`, `share_area`, `top_iou`, `pointing`, `auc`, "
            "`distance`, `partial` or `shift_rank` with `_cam`; the same with `_mask` where there "
            "are masks, but `share` for `top_share` and without the last two; `spearman_texture`, "
            "`spearman_centre`; `_null`: against the maps of other images (1/2 for shift_rank).",
        ),
        Column("value", "float64", "The measurement.", True),
        Column("reason", "string", "Why there is no value, where there is none.", True),
    ),
)

SUMMARY = Contract(
    "summary",
    "summary.parquet",
    "one attack and metric",
    (
        Column("attack", "string", "Name of the attack in the configuration."),
        Column(
            "metric",
            "string",
            "A metric of overlap.parquet, fooling_rate, or a column of the attacks table.",
        ),
        Column("n", "int32", "Images with a value."),
        Column("n_missing", "int32", "Images without one."),
        Column("mean", "float64", "Mean over images.", True),
        Column("ci_low", "float64", "Lower end of its interval; null if n < 2 or all equal.", True),
        Column("ci_high", "float64", "Upper end.", True),
        Column("median", "float64", "Median over images.", True),
        Column("median_ci_low", "float64", "Lower end of its interval.", True),
        Column("median_ci_high", "float64", "Upper end.", True),
        Column("null_mean", "float64", "Mean of the null, over images that have both.", True),
        Column("null_ci_low", "float64", "Lower end of its interval.", True),
        Column("null_ci_high", "float64", "Upper end.", True),
        Column("difference", "float64", "Mean of value less null, image by image.", True),
        Column("difference_ci_low", "float64", "Lower end of its interval.", True),
        Column("difference_ci_high", "float64", "Upper end.", True),
        Column(
            "p_null",
            "float64",
            "Of value less null: two-sided sign-flip permutation test, not corrected.",
            True,
        ),
        Column(
            "p_null_holm",
            "float64",
            "The same after Holm's correction over all attacks and metrics with a null.",
            True,
        ),
        Column(
            "effect_size",
            "float64",
            "Cohen's d_z of value less null: mean over standard deviation.",
            True,
        ),
        Column(
            "resolvable",
            "float64",
            "Mean of value less null that a two-sided paired t test at this number of images and "
            "standard deviation finds with probability 0.8, at the run's level, not corrected.",
            True,
        ),
        Column(
            "verdict",
            "string",
            "`above null`, `below null` where p_null_holm is below the run's level; `not "
            "distinguishable from null`; `too few images to tell` where no value could have been.",
            True,
        ),
    ),
)

COMPARISONS = Contract(
    "comparisons",
    "comparisons.parquet",
    "one pair of attacks and metric; differences are attack less other, image by image",
    (
        Column("attack", "string", "Name of the attack in the configuration."),
        Column("other", "string", "The attack it is compared with, later in the configuration."),
        Column("metric", "string", "A metric of overlap.parquet."),
        Column("n", "int32", "Images that have a value under both."),
        Column("mean_difference", "float64", "Mean over these images.", True),
        Column("ci_low", "float64", "Lower end of its interval.", True),
        Column("ci_high", "float64", "Upper end.", True),
        Column("median_difference", "float64", "Median over these images.", True),
        Column("median_ci_low", "float64", "Lower end of its interval.", True),
        Column("median_ci_high", "float64", "Upper end.", True),
        Column(
            "wilcoxon_p", "float64", "Wilcoxon signed-rank test, two-sided; zeros: Pratt.", True
        ),
        Column("p_holm", "float64", "After Holm's correction over all rows of the table.", True),
        Column("rank_biserial", "float64", "Matched-pairs rank-biserial correlation.", True),
        Column("d_z", "float64", "Cohen's d_z: mean over standard deviation.", True),
        Column(
            "units",
            "string",
            "What test and effect sizes are of: `images`, or means of `classes` where classes "
            "repeat.",
        ),
        Column("reason", "string", "Why there is no value or no interval.", True),
    ),
    may_be_empty=True,
)

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
            "Lower end of its interval: Wilson's for a rate, bootstrap otherwise; null where there "
            "is none.",
            True,
        ),
        Column("ci_high", "float64", "Upper end.", True),
        Column("only_set", "int32", "Images fooled by the set's part alone.", True),
        Column("only_against", "int32", "Images fooled by the other part alone.", True),
        Column("p_value", "float64", "McNemar's exact test of these two, two-sided.", True),
    ),
)

CONTRACTS = (
    *(SUBSET, CLASSES, CLEAN, ATTACKS, EXPLANATIONS, EXPLANATIONS_ATTACKED),
    *(SSIM, OVERLAP, SUMMARY, COMPARISONS),
    *(CAUSAL, CURVES, REFERENCE_CURVES, CAUSAL_SUMMARY),
)
