"""The stored table of attacks."""

from ssimball.storage.contracts.bracket import BRACKET, BRACKET_ARRAYS
from ssimball.storage.contracts.certificate import (
    FIRST_STEP,
    ITERATE,
    LINEAR_RADIUS,
    SCOPE,
)
from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract

#: Relative duality gap of the SSIM ball's linear subproblems before the last Frank-Wolfe step, if
#: the setting ``gap`` is smaller; later steps correct the error. On photographs, 5 to 20 steps
#: reach a loss no smaller than with 1e-3, in half the solver's iterations. With 0.05 and more, they
#: take fewer still, but then the result for one image of the tests depends on rounding in the
#: network and so on its batch. The constant stands here because ``step_gaps`` depends on it.
STEP_GAP = 3e-2

_JUDGED = (
    Column("target", "int32", "Class that the attack moves towards; null: any but label.", True),
    Column(
        "success",
        "bool",
        "Whether the stored image is classified as target, or as other than label without one.",
        True,
    ),
    Column("predicted", "int32", "Predicted class of the stored image.", True),
    Column("margin", "float64", "Margin of the true class on the stored image, logits.", True),
    Column("clean_margin", "float64", "The same on the clean image.", True),
)

_QUALITY = (
    Column("mean_ssim", "float64", "Mean SSIM of stored and clean image (Wang 2004, RGB).", True),
    Column("min_ssim", "float64", "Smallest value of the SSIM map of any channel.", True),
    Column("mean_ssim_channels", "list<float64>", "Mean SSIM of R, G and B.", True),
    Column("min_ssim_channels", "list<float64>", "Smallest SSIM of R, G and B.", True),
    Column("mean_ssim_luma", "float64", "Mean SSIM of the lumas (BT.601).", True),
    Column("min_ssim_luma", "float64", "Smallest value of the lumas' SSIM map.", True),
    Column(
        "ms_ssim",
        "float64",
        "MS-SSIM (Wang 2003), mean over channels; null if a side is below 161 pixels.",
        True,
    ),
    Column(
        "pass_similarity",
        "float64",
        "PASS (Rozsa 2016): SSIM after alignment; null if the alignment fails.",
        True,
    ),
    Column("psnr", "float64", "Peak signal-to-noise ratio, dB; null: no change.", True),
    Column("linf", "float64", "Largest change of a value, image in [0, 1].", True),
    Column("l2", "float64", "Euclidean norm of the change, image in [0, 1].", True),
    Column("l1", "float64", "Sum of the magnitudes of all changes, image in [0, 1].", True),
    Column("l0", "int32", "Number of pixels that changed in any channel.", True),
    Column(
        "outer_energy_5",
        "float64",
        "Share of the squared change in the outer 5 pixels; null: no change.",
        True,
    ),
    Column("outer_energy_2", "float64", "The same in the outer 2 pixels.", True),
)

_BUDGET = (
    Column(
        "scale",
        "float64",
        "Factor of the perturbation before rounding.",
        True,
    ),
    Column(
        "dithered",
        "float64",
        "Share of values one level beyond the rounded multiple; 0 outside matched quality.",
        True,
    ),
    Column(
        "budget",
        "float64",
        "Budget of the attack's run; without one null, or `scale` in matched outcome.",
        True,
    ),
    Column(
        "matched",
        "bool",
        "Whether mean_ssim is within the tolerance of its target. Matched quality only.",
        True,
    ),
    Column("forward_passes", "float64", "Images sent through the network, all runs.", True),
    Column("backward_passes", "float64", "Images whose gradient was computed, all runs.", True),
)

_CERTIFICATE = (
    Column(
        "primal",
        "float64",
        "`<gradient, perturbation>` of the last linear subproblem. SSIM ball only.",
        True,
    ),
    Column(
        "dual",
        "float64",
        "Upper bound on that subproblem's optimum. SSIM ball only.",
        True,
    ),
    Column("gap", "float64", "(dual - primal) / dual. SSIM ball only.", True),
    Column("multiplier", "float64", "Multiplier nu of the dual bound. SSIM ball only.", True),
    Column(
        "iterations",
        "int32",
        "Solver iterations, all linear subproblems. SSIM ball only.",
        True,
    ),
    Column(
        "stopped",
        "string",
        "Why the solver stopped: `gap`, `iterations` or `rounds` (a limit), `precision` or `zero "
        "gradient`; a conic solver's status.",
        True,
    ),
    Column("solver", "string", "Name of the conic solver. Conic SSIM ball only.", True),
    Column(
        "solver_status",
        "string",
        "`optimal` (SCS: to 1e-5), `optimal to 1e-6` or `zero gradient`. Conic SSIM ball only.",
        True,
    ),
    Column(
        "solve_seconds",
        "float64",
        "Wall-clock time in the conic solver, without setting up. Conic SSIM ball only.",
        True,
        volatile=True,
    ),
    Column(
        "solve_memory_mb",
        "float64",
        "Peak memory of the solve, MB, if the system reports it. Conic SSIM ball only.",
        True,
        volatile=True,
    ),
    Column(
        "step_gaps",
        "list<float32>",
        "Frank-Wolfe gap of each step, `<gradient of the loss, maximiser - iterate>`, with the "
        f"maximiser as solved: before the last step up to {100 * STEP_GAP:g} %, or `gap` if "
        "larger, too small. SSIM ball only.",
        True,
    ),
)

_SEARCH = (
    Column(
        "smallest_budget",
        "float64",
        "Smallest budget tried that succeeded, which the row describes; null: none, and the row "
        "describes the largest. Matched outcome only.",
        True,
    ),
    Column(
        "budget_below",
        "float64",
        "Largest budget tried below it that did not succeed. Matched outcome only.",
        True,
    ),
    Column(
        "trial_budgets",
        "list<float64>",
        "All budgets tried, in order. Matched outcome only.",
        True,
    ),
    Column(
        "trial_successes",
        "list<bool>",
        "Whether each of them succeeded. Matched outcome only.",
        True,
    ),
    Column("seconds", "float64", "Wall-clock time of the image.", True, volatile=True),
)

_ARRAYS = (
    Column("adversarial_png", "binary", "The stored image: 8-bit RGB, PNG.", True),
    Column(
        "gradient",
        "float16",
        "Gradient of the last linear subproblem over its largest magnitude. SSIM ball only.",
        True,
        dims=("C", "H", "W"),
    ),
    Column(
        "perturbation",
        "float32",
        "Solution of that subproblem, before scaling and rounding. SSIM ball only.",
        True,
        dims=("C", "H", "W"),
    ),
    Column(
        "tangent",
        "float32",
        "Point of the dual bound; null: the perturbation. SSIM ball, not for model Q alone.",
        True,
        dims=("C", "H", "W"),
    ),
    Column(
        "window_multipliers",
        "float32",
        "Multipliers of structure and luminance in each window. SSIM ball with a local constraint "
        "only.",
        True,
        dims=("2", "C", "h", "w"),
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
            "`attacked`; `unchanged: <reason>` (nothing left after rounding); `not found: "
            "<reason>` (the clean image is stored); `skipped: <reason>` or `failed: <reason>` "
            "(all but label null).",
        ),
        LABEL,
        *_JUDGED,
        *_QUALITY,
        *_BUDGET,
        *_CERTIFICATE,
        *SCOPE,
        *FIRST_STEP,
        *BRACKET,
        *_SEARCH,
        *LINEAR_RADIUS,
        *_ARRAYS,
        *ITERATE,
        *BRACKET_ARRAYS,
    ),
)
