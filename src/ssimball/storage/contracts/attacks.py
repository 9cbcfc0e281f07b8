"""The stored table of attacks."""

from ssimball.storage.contracts.columns import IMAGE_ID, LABEL, Column, Contract

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
            "`gap`, `iterations` (limit reached), `precision`, `rounds` (limit of "
            "relinearisations) or `zero gradient`; of a conic solver its status.",
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
            "Frank-Wolfe gap of each step: <gradient of the loss, maximiser - iterate>, by the "
            "maximiser found, which before the last step may gain 1 % too little. SSIM ball.",
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
