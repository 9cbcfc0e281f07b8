"""Columns of the ``attacks`` table that say what a certificate covers, and compare with it."""

from ssimball.storage.contracts.columns import Column

SCOPE = (
    Column(
        "certified_model",
        "string",
        "Set over which `dual` holds, beside the box: a model of the ball, a combination, or "
        "model Q linearised at `perturbation`. Null, like the whole certificate, where there "
        "is none. SSIM ball only.",
        True,
        values=(
            *("Q", "S", "L", "Q and L", "S and L"),
            *("Q relinearised", "Q relinearised and L"),
        ),
    ),
    Column(
        "certified_boundary",
        "string",
        "Windows of that set at the image's border. SSIM ball only.",
        True,
        values=("valid", "reflect"),
    ),
    Column(
        "certified_step",
        "int32",
        "Frank-Wolfe step whose linear problem the certificate bounds, from 1: the last. SSIM ball "
        "only.",
        True,
    ),
    Column("steps", "int32", "Number of these steps. SSIM ball only.", True),
    Column(
        "stored_as",
        "string",
        "What the stored image is of `perturbation`. `rounded`: clean + perturbation, rounded to 8 "
        "bits. `scaled`: clean + `scale` * perturbation with another scale than 1, rounded, or "
        "dithered. `averaged`: clean + `scale` * `iterate`, rounded or dithered; the iterate is an "
        "average of the solutions of all steps, and `perturbation` is that of the last. The "
        "certificate is of `perturbation`, never of the stored image. SSIM ball only.",
        True,
        values=("rounded", "scaled", "averaged"),
    ),
)

FIRST_STEP = (
    Column(
        "first_dual",
        "float64",
        "Upper bound on <gradient, d> over the ball for the gradient at the clean image, over its "
        "largest magnitude: the linear problem of the first step. SSIM ball with several steps "
        "only.",
        True,
    ),
    Column(
        "first_value",
        "float64",
        "<that gradient, iterate>; at most first_dual. SSIM ball with several steps only.",
        True,
    ),
)

LINEAR_RADIUS = (
    Column(
        "linear_margin",
        "float64",
        "Margin of the label on the clean image over the largest magnitude of its gradient, as the "
        "attack computed both. Null like both columns below where the gradient is 0, and for all "
        "but untargeted steps of `ssim_ball` in model Q alone with `loss: margin`. Matched outcome "
        "only.",
        True,
    ),
    Column(
        "linear_epsilon_lower",
        "float64",
        "At no radius of the ball below this one does the margin, linearised at the clean image, "
        "fall to 0. Null beside a linear_margin: it does not at any radius, because of the box.",
        True,
    ),
    Column(
        "linear_epsilon_upper",
        "float64",
        "At this radius it does. Null where linear_epsilon_lower is.",
        True,
    ),
)

ITERATE = (
    Column(
        "iterate",
        "float16",
        "Perturbation after the last step, before scaling and rounding; in the ball up to the "
        "rounding of float16. SSIM ball with several steps only.",
        True,
        dims=("C", "H", "W"),
    ),
)
