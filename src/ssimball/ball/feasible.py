"""Turn a solver's iterate into a perturbation that certainly lies in the ball."""

import torch
from torch import Tensor
from torch.nn.functional import max_pool2d, pad

from ssimball.ball.ball import Ball
from ssimball.ball.quadratic import inner, total
from ssimball.ssim.index import ChangeStatistics

#: Rounds of local repair before the remaining violations are left to one factor for the image.
REPAIR_ROUNDS = 8
#: Share of a window's weight along an axis that its repair reaches; the outermost pixels hardly
#: count, and shrinking them as well would cost more than it gains.
CORE = 0.99
#: Largest number of Newton steps for the factor that scales into the ball.
NEWTON_STEPS = 40
#: Largest number of times that a perturbation is shrunk because rounding put it outside again.
#: After some 30 it is halved each time.
SHRINKINGS = 200
#: Relative amount by which rounding to float32 may push a perturbation out of the ball.
ROUNDING = 1e-9


def make_feasible(ball: Ball, perturbation: Tensor) -> tuple[Tensor, Tensor]:
    """Return the perturbation as float32 values that lie in the float64 ball exactly.

    float16 would not do: where the box is wide, the dual bound magnifies rounding errors of d.

    Args:
        ball: the ball.
        perturbation: (B, C, H, W), feasible or not.

    Returns:
        The float32 perturbation, and the factor (B,) by which it was multiplied as a whole. With a
        local constraint, windows too far outside are first moved inwards one by one.

    Raises:
        ValueError: the perturbation is not finite.
    """
    d = perturbation.double()
    if not bool(d.isfinite().all()):
        raise ValueError("the perturbation is not finite")
    if ball.local is not None:
        d = repair_windows(ball, ball.project_box(d))
    scale = largest_factor(ball, d)
    # Rounding alone would put about half of the perturbations outside again.
    scale = torch.where(scale < 1, scale * (1 - ROUNDING), scale)
    step = 10 * ROUNDING
    for _ in range(SHRINKINGS):
        rounded = round_into_box(ball, d * scale.reshape(-1, 1, 1, 1))
        inside = ball.contains(rounded.double())
        if bool(inside.all()):
            break
        scale = torch.where(inside, scale, scale * (1 - step))
        step = min(2 * step, 0.5)
    # 0 lies in every ball.
    return torch.where(inside.reshape(-1, 1, 1, 1), rounded, 0.0), scale


def repair_windows(ball: Ball, d: Tensor) -> Tensor:
    """Move the windows that violate the local constraint inwards, one by one.

    One factor for the whole image would let its worst window shrink all others. Violations that
    remain after a few rounds are left to that factor.

    Args:
        ball: the ball.
        d: perturbations in the box, (B, C, H, W).
    """
    if ball.local is None:
        return d
    size, k = d.shape[-2:], ball.local.k
    cover = ball.window.adjoint(torch.ones_like(ball.statistics.mean), size).clamp_min(1e-12)
    # The mean and variance of u = d - k x are what the constraints bound.
    shift = k * ball.images
    for _ in range(REPAIR_ROUNDS):
        u = d - shift
        m = ball.window.mean(u)
        variance = (ball.window.mean(u * u) - m * m).clamp_min(0)
        half_width = (ball.local.high - ball.local.low) / 2
        of_spread = 1 - (ball.local.radius / variance.clamp_min(1e-300)).sqrt().clamp_max(1)
        of_mean = 1 - (half_width / m.abs().clamp_min(1e-300)).clamp_max(1)
        if not bool((of_spread + of_mean > 0).any()):
            break
        # The spread shrinks towards the local mean, and where that is too large u towards 0: pixels
        # at a bound of the box could not follow a shift of the mean.
        smooth = ball.window.adjoint(m, size) / cover
        lack, dent = (_max_over_windows(ball, t, size) for t in (of_spread, of_mean))
        shrunk = (1 - dent) * (u - lack * (u - smooth))
        d = ball.project_box(torch.where(lack + dent > 0, shift + shrunk, d))
    return d


def _max_over_windows(ball: Ball, values: Tensor, size: torch.Size) -> Tensor:
    """Return at each pixel the largest value of the windows of which it has a share that counts.

    Args:
        ball: the ball.
        values: per window, at least 0, (B, C, h, w).
        size: (H, W) of the result (B, C, H, W).
    """
    taps, edge = ball.window.taps, 0
    while sum(taps[edge + 1 : -edge - 1]) >= CORE:
        edge += 1
    # A window reaches from its first pixel that counts to its last.
    reach = len(taps) - 1 - 2 * edge
    # Padded with windows that do not exist, so that the maxima have the image's size.
    values = pad(ball.window.dense(values, size), [edge + reach - ball.window.margin] * 4)
    # Over rows, then columns.
    return max_pool2d(max_pool2d(values, (1, reach + 1), 1), (reach + 1, 1), 1)


def largest_factor(ball: Ball, d: Tensor) -> Tensor:
    """Return the largest factor in [0, 1], (B,), that scales ``d`` into the constraints.

    For model S Newton's method finds it, so it may be off by rounding.

    Args:
        ball: the ball; its box is ignored.
        d: perturbations (B, C, H, W).
    """
    if ball.is_quadratic:
        used = inner(d, ball.quadratic.apply(d))
        return (ball.radius / used.clamp_min(1e-300)).sqrt().clamp_max(1.0)
    change = ball.change(d)
    factor = change.mean.new_ones(len(change.mean))
    if ball.local is not None:
        factor = torch.minimum(*_local_factors(ball, change)).flatten(1).amin(1)
    if ball.mean is not None:
        factor = _mean_factor(ball, change, factor)
    return factor


def _local_factors(ball: Ball, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
    """Return the exact factors for structure and luminance of each window, (B, C, h, w)."""
    assert ball.local is not None
    k, low, high = ball.local.k, ball.local.low, ball.local.high
    variance, covariance = change.variance.clamp_min(0), k * change.covariance
    # Solves variance s² - 2 covariance s <= free, with the larger root written so that nothing
    # cancels.
    free = ball.local.radius - k * k * ball.statistics.variance
    root = (covariance**2 + variance * free).sqrt()
    outward = covariance > 0
    structure = torch.where(outward, covariance + root, free) / torch.where(
        outward, variance, root - covariance
    ).clamp_min(1e-300)
    edge = torch.where(change.mean > 0, high, low)
    luminance = torch.where(change.mean == 0, 1.0, edge / change.mean)
    return structure.clamp_max(1.0), luminance.clamp_max(1.0)


def _mean_factor(ball: Ball, change: ChangeStatistics, factor: Tensor) -> Tensor:
    """Return the factor for the mean constraint, at most ``factor``: Newton with bisection."""
    a, b = (1 / denominator for denominator in ball.denominators)
    variance = (a * change.variance).clamp_min(0)
    bend = torch.zeros_like(a), torch.zeros_like(b)
    if ball.mean == "S":
        bend = 2 * a * change.covariance, 2 * b * ball.statistics.mean * change.mean
        # Stay below the factor at which a denominator vanishes.
        least = torch.minimum(*bend).flatten(1).amin(1)
        factor = torch.minimum(factor, 0.999 / (-least).clamp_min(1e-300))
    low, high, start = torch.zeros_like(factor), factor, factor
    for _ in range(NEWTON_STEPS):
        # Newton's method acts on the root of the distance, which is linear in the factor for Q.
        s = factor.reshape(-1, 1, 1, 1)
        first, second = variance / (1 + s * bend[0]), b * change.mean**2 / (1 + s * bend[1])
        distance = factor**2 * total(first + second)
        slope = 2 * factor * total(first + second) - factor**2 * total(
            first * bend[0] / (1 + s * bend[0]) + second * bend[1] / (1 + s * bend[1])
        )
        inside = distance <= ball.radius
        low, high = torch.where(inside, factor, low), torch.where(inside, high, factor)
        root = distance.sqrt()
        newton = factor - (root - ball.radius**0.5) * 2 * root / slope.clamp_min(1e-300)
        between = (newton > low) & (newton < high)
        following = torch.where(between, newton, (low + high) / 2)
        if bool(((following - factor).abs() <= 1e-15 * factor).all()):
            break
        factor = torch.where(low == start, start, following)
    return factor


def round_into_box(ball: Ball, d: Tensor) -> Tensor:
    """Return ``d`` as float32 values, none of which lies outside the box."""
    rounded = d.float()
    outside = (rounded > ball.upper) | (rounded < ball.lower)
    # Step to the next float32 towards 0; this works for numbers next to 0 as well.
    return torch.where(outside, rounded.nextafter(torch.zeros_like(rounded)), rounded)
