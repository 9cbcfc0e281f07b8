"""The function of both terms of SSIM: f(a) = a² / (D + 2 sigma a + a²) on an interval [0, A].

It is the structure term of a window along a ray, with a the standard deviation of the change and
sigma a its covariance with the image, and the luminance term, with a the magnitude of the mean.
Always D > sigma², so f is defined everywhere. It is convex near 0, and concave further out. Its
convex envelope on [0, A] is f up to a point a0, and from there the chord to (A, f(A)):

    a0 = D / (sqrt(D + 2 sigma A + A²) + A),

where the chord is a tangent; if a0 >= A, f is convex on the interval. docs/certificates.md proves
this.
"""

import torch
from torch import Tensor

#: Steps of Newton's method in :func:`conjugate`. The bound holds after any number of steps; after
#: four, brackets of photographs are within 1e-6 of what they are after many.
STEPS = 4


def quotient(a: Tensor, d: Tensor, sigma: Tensor | float) -> Tensor:
    """Return f(a)."""
    return a * a / (d + 2 * sigma * a + a * a)


def slope(a: Tensor, d: Tensor, sigma: Tensor | float) -> Tensor:
    """Return f'(a) = 2 a (D + sigma a) / (D + 2 sigma a + a²)²."""
    return 2 * a * (d + sigma * a) / (d + 2 * sigma * a + a * a) ** 2


def tangency(d: Tensor, sigma: Tensor | float, end: Tensor) -> Tensor:
    """Return a0, or A where f is convex on the whole interval [0, A].

    Args:
        d: D.
        sigma: sigma.
        end: A.
    """
    return torch.minimum(d / ((d + 2 * sigma * end + end * end).sqrt() + end), end)


def envelope(a: Tensor, d: Tensor, sigma: Tensor | float, end: Tensor) -> tuple[Tensor, Tensor]:
    """Return the convex envelope of f on [0, A], and its slope, at ``a``."""
    start = tangency(d, sigma, end)
    steepest = slope(start, d, sigma)
    chord = quotient(start, d, sigma) + steepest * (a - start)
    curved = a <= start
    return (
        torch.where(curved, quotient(a, d, sigma), chord),
        torch.where(curved, slope(a, d, sigma), steepest),
    )


def conjugate(inclination: Tensor, d: Tensor, sigma: Tensor | float, end: Tensor) -> Tensor:
    """Return an upper bound on the maximum of s a - f(a) over 0 <= a <= A, nearly attained.

    The maximum lies on the convex part of f, [0, a0], or at A. On [0, a0] s a - f(a) is concave, so
    its tangent at any point bounds it; Newton's method finds the best point.

    Examples:
        >>> import torch
        >>> one, grid = torch.ones(1).double(), torch.linspace(0, 2, 100_001).double()
        >>> for s in (0.2, 0.5):
        ...     best = (s * grid - quotient(grid, one, 0.5)).max()
        ...     print(f"{float(conjugate(s * one, one, 0.5, 2 * one)):.6f} {float(best):.6f}")
        0.011308 0.011308
        0.428571 0.428571

    Args:
        inclination: s, of either sign.
        d: D.
        sigma: sigma.
        end: A.
    """
    start = tangency(d, sigma, end)
    low, high = torch.zeros_like(start), start
    a = torch.minimum((inclination * d / 2).clamp_min(0), start)
    for _ in range(STEPS):
        rise, square = inclination - slope(a, d, sigma), a * a
        low, high = torch.where(rise > 0, a, low), torch.where(rise > 0, high, a)
        bottom = d + 2 * sigma * a + square
        curvature = (
            2 * (d * d - 3 * d * square - 2 * sigma * a * square) / (bottom * bottom * bottom)
        )
        newton = a + rise / curvature.clamp_min(1e-30)
        a = torch.minimum(torch.maximum(newton, low), high)
    rise = inclination - slope(a, d, sigma)
    inside = inclination * a - quotient(a, d, sigma)
    inside = inside + torch.maximum(rise * (start - a), -rise * a)
    return torch.maximum(inside, inclination * end - quotient(end, d, sigma))
