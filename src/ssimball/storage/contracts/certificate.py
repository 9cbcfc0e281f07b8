"""Columns of the ``attacks`` table that say what a certificate covers, and compare with it."""

from ssimball.storage.contracts.columns import Column

SCOPE = (
    Column(
        "certified_model",
        "string",
        "Set over which `dual` holds, beside the box; null without a certificate. SSIM ball only.",
        True,
        values=(
            *("Q", "S", "L", "Q and L", "S and L"),
            *("Q relinearised", "Q relinearised and L"),
        ),
    ),
    Column(
        "certified_boundary",
        "string",
        "Its windows at the image's border. SSIM ball only.",
        True,
        values=("valid", "reflect"),
    ),
    Column(
        "certified_step",
        "int32",
        "Frank-Wolfe step that the certificate bounds, from 1: the last. SSIM ball only.",
        True,
    ),
    Column("steps", "int32", "Number of these steps. SSIM ball only.", True),
    Column(
        "stored_as",
        "string",
        "The stored image is the clean one plus `perturbation` (`rounded`), `scale` times it "
        "(`scaled`), or `scale` times `iterate` (`averaged`); the last two rounded or dithered. "
        "SSIM ball only.",
        True,
        values=("rounded", "scaled", "averaged"),
    ),
)

FIRST_STEP = (
    Column(
        "first_dual",
        "float64",
        "Upper bound on `<gradient, d>` over the ball for the gradient at the clean image, over "
        "its largest magnitude. SSIM ball with several steps only.",
        True,
    ),
    Column(
        "first_value",
        "float64",
        "That product with iterate; at most first_dual. SSIM ball with several steps only.",
        True,
    ),
)

LINEAR_RADIUS = (
    Column(
        "linear_margin",
        "float64",
        "Clean margin over the largest magnitude of its gradient; null at gradient 0. Matched "
        "outcome of untargeted margin steps of `ssim_ball` in model Q alone, as the next two.",
        True,
    ),
    Column(
        "linear_epsilon_lower",
        "float64",
        "Below this radius the margin, linearised at the clean image, does not fall to 0; null "
        "beside a linear_margin: at none, because of the box.",
        True,
    ),
    Column(
        "linear_epsilon_upper",
        "float64",
        "At this radius it does; null with linear_epsilon_lower.",
        True,
    ),
)

ITERATE = (
    Column(
        "iterate",
        "float16",
        "Perturbation after the last step, before scaling and rounding; in the ball but for "
        "float16. SSIM ball with several steps only.",
        True,
        dims=("C", "H", "W"),
    ),
)
