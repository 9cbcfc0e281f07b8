"""The SSIM ball in its convex models, for a batch of images.

Notation, per window of the image x and the perturbation d: mu and s2 are the mean and variance of
x; m and V are those of d; c is the covariance of x and d. Brunet's squared distance (Brunet,
Vrscay, Wang 2012), r = (1 - S1) + (1 - S2), has the terms m² / (2 mu² + 2 mu m + m² + C1) and
V / (2 s2 + 2 c + V + C2). SSIM >= 1 - r always holds, so mean SSIM is at least 1 - epsilon wherever
the mean of r is at most epsilon.

    Q  sum of a V + b m² <= epsilon N, with a = 1 / (2 s2 + C2) and b = 1 / (2 mu² + C1): r with
       its denominators fixed at d = 0, or at another perturbation.
    S  the same sum with a = 1 / (2 s2 + 2 c + C2) and b = 1 / (2 mu² + 2 mu m + C1), which depend
       on d. Each term is quadratic over affine, hence convex, and at least as large as that of r:
       every perturbation in S lies in the true ball.
    L  both terms of r are at most e in every window. This is exact. With k = e / (1 - e) and
       completed squares: |d - m - k (x - mu)|² <= k (2 s2 + C2) + k² s2 in the window's weights,
       and |m - k mu| <= sqrt(k (2 mu² + C1) + k² mu²).

Every model also has the box 0 <= x + d <= 1, |d| <= tau, which is zero outside a region where there
is one. A mean constraint (Q or S) can be combined with a local one (L).
"""

from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from ssimball.ball.images import check_images
from ssimball.ball.local_constraint import LocalConstraint
from ssimball.ball.quadratic import QuadraticBall, inner, total
from ssimball.ssim.index import (
    C1,
    C2,
    ChangeStatistics,
    ImageStatistics,
    change_statistics,
    image_statistics,
)
from ssimball.ssim.windows import BALL_WINDOW, Window

MeanModel = Literal["Q", "S"]
Model = Literal["Q", "S", "L"]


@dataclass(frozen=True)
class Ball:
    """The perturbations that satisfy a mean constraint, a local constraint, or both, and a box.

    Examples:
        >>> import torch
        >>> grey = torch.full((1, 1, 16, 16), 0.5, dtype=torch.float64)
        >>> ball = Ball.around(grey, epsilon=0.01, tau=8 / 255)
        >>> ball.contains(torch.full_like(grey, 0.02)).tolist()
        [True]
        >>> ball.contains(torch.full_like(grey, 0.04)).tolist()
        [False]

    Attributes:
        images: clean images, float64 (B, C, H, W) in [0, 1].
        cap: largest |d| per pixel; infinite for no cap.
        mean: model of the mean constraint; None for none.
        epsilon: largest mean of r over windows and channels.
        epsilon_local: largest value of each term of r in each window; None for no local constraint.
        expansion_point: statistics of the perturbation at which the denominators of model Q are
            evaluated; None for d = 0.
        window: where similarity is measured.
        region: pixels that may change, bool (B, 1, H, W); None for all.
    """

    images: Tensor
    cap: float
    mean: MeanModel | None
    epsilon: float
    epsilon_local: float | None
    expansion_point: ChangeStatistics | None = None
    window: Window = BALL_WINDOW
    region: Tensor | None = None

    @classmethod
    def around(
        cls,
        images: Tensor,
        epsilon: float,
        tau: float | None,
        model: Model = "Q",
        epsilon_local: float | None = None,
        window: Window = BALL_WINDOW,
    ) -> "Ball":
        """Return the ball around a batch of images.

        Args:
            images: clean images (B, C, H, W) in [0, 1].
            epsilon: largest mean of r (Q, S), or largest value of each of its terms in each
                window (L).
            tau: cap on |d| in units of the image; None for no cap.
            model: Q, S or L.
            epsilon_local: largest value of each term in each window, beside Q or S; None for no
                such limit.
            window: where similarity is measured; by default one that reflects, so that every
                pixel counts alike.

        Raises:
            ValueError: a local radius is not below 1, two local radii are given, an image is
                smaller than the window, or it holds values that are not in [0, 1].
        """
        local = epsilon if model == "L" else epsilon_local
        if model == "L" and epsilon_local is not None:
            raise ValueError("model L has its radius in epsilon; epsilon_local belongs to Q and S")
        if local is not None and not 0 < local < 1:
            raise ValueError(f"a local radius must lie between 0 and 1, but is {local}")
        check_images(images, window)
        return cls(
            images=images.double(),
            cap=float("inf") if tau is None else tau,
            mean=None if model == "L" else model,
            epsilon=epsilon,
            epsilon_local=local,
            window=window,
        )

    def restricted_to(self, region: Tensor) -> "Ball":
        """Return the perturbations of this ball that are zero outside a region of each image.

        Args:
            region: pixels that may change, bool (B, H, W); the same for all channels.

        Raises:
            ValueError: the region has another shape or type.
        """
        images, _, height, width = self.images.shape
        if region.dtype != torch.bool or region.shape != (images, height, width):
            raise ValueError(
                f"a region must be bool of shape {(images, height, width)}, but is "
                f"{region.dtype} of shape {tuple(region.shape)}"
            )
        inside = region.to(self.images.device)[:, None]
        return replace(self, region=inside if self.region is None else inside & self.region)

    def linearised_at(self, d: Tensor) -> "Ball":
        """Return model Q with the denominators of r at ``d``, where its quadratic is the sum of r.

        Args:
            d: perturbations (B, C, H, W).
        """
        ball = replace(self, expansion_point=self.change(d))
        # These depend on the images alone, so they need not be computed again.
        for name in ("statistics", "caps", "lower", "upper"):
            vars(ball)[name] = getattr(self, name)
        return ball

    @property
    def is_quadratic(self) -> bool:
        """Whether the only constraint beside the box is one quadratic."""
        return self.mean == "Q" and self.epsilon_local is None

    @property
    def radius(self) -> float:
        """Largest sum of r: epsilon times the number of windows and channels."""
        _, channels, height, width = self.images.shape
        windows = self.window.positions(height) * self.window.positions(width)
        return self.epsilon * channels * windows

    @cached_property
    def statistics(self) -> ImageStatistics:
        """Mean and variance of the images in each window, (B, C, h, w)."""
        return image_statistics(self.images, self.window)

    @cached_property
    def caps(self) -> Tensor:
        """Largest |d| of each pixel, at most 1 and 0 outside the region, (B, 1, H, W)."""
        caps = torch.full_like(self.images[:, :1], min(self.cap, 1.0))
        return caps if self.region is None else caps * self.region

    def inside_region(self, x: Tensor) -> Tensor:
        """Return ``x`` (B, C, H, W) with 0 outside the region."""
        return x if self.region is None else x * self.region

    @cached_property
    def lower(self) -> Tensor:
        """Least perturbation that the box allows, (B, C, H, W); at most 0."""
        return torch.maximum(-self.images, -self.caps)

    @cached_property
    def upper(self) -> Tensor:
        """Largest perturbation that the box allows, (B, C, H, W); at least 0."""
        return torch.minimum(1 - self.images, self.caps)

    @cached_property
    def denominators(self) -> tuple[Tensor, Tensor]:
        """1 / a and 1 / b of model Q, each (B, C, h, w)."""
        luminance = 2 * self.statistics.mean**2 + C1
        structure = 2 * self.statistics.variance + C2
        point = self.expansion_point
        if point is not None:
            m = point.mean
            luminance = luminance + 2 * self.statistics.mean * m + m * m
            structure = structure + 2 * point.covariance + point.variance
        return structure, luminance

    @cached_property
    def quadratic(self) -> QuadraticBall:
        """Model Q as an operator, with the box."""
        a, b = (1 / denominator for denominator in self.denominators)
        diagonal = self.window.adjoint(a, self.images.shape[-2:])
        return QuadraticBall(diagonal, b - a, self.radius, self.lower, self.upper, self.window)

    @cached_property
    def local(self) -> LocalConstraint | None:
        """The local constraint; None if there is none."""
        if self.epsilon_local is None:
            return None
        return LocalConstraint.of(self.statistics, self.epsilon_local)

    def select(self, images: Tensor) -> "Ball":
        """Return the ball of some images of the batch, given by their indices."""
        point = self.expansion_point
        return replace(
            self,
            images=self.images[images],
            expansion_point=point and ChangeStatistics(*(t[images] for t in vars(point).values())),
            region=None if self.region is None else self.region[images],
        )

    def change(self, d: Tensor) -> ChangeStatistics:
        """Return the statistics of ``d`` (B, C, H, W) in each window."""
        return change_statistics(self.images, d.double(), self.statistics, self.window)

    def project_box(self, d: Tensor) -> Tensor:
        """Return the nearest perturbation in the box."""
        return torch.minimum(torch.maximum(d, self.lower), self.upper)

    def weights(self, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
        """Return a and b of the mean constraint; infinite where model S is undefined."""
        structure, luminance = self.denominators
        if self.mean == "S":
            structure = structure + 2 * change.covariance
            luminance = luminance + 2 * self.statistics.mean * change.mean
        positive = (structure > 0, luminance > 0)
        return (
            torch.where(positive[0], 1 / structure, float("inf")),
            torch.where(positive[1], 1 / luminance, float("inf")),
        )

    def distance(self, change: ChangeStatistics) -> Tensor:
        """Return the sum that the mean constraint bounds by ``radius``, (B,)."""
        a, b = self.weights(change)
        return total(_weighted(change.variance, a) + _weighted(change.mean**2, b))

    def usage(self, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
        """Return how much of the local constraint each window uses; both are at most 1 inside.

        Returns:
            The squared distance over its radius, and |m - k mu| over its largest value, each
            (B, C, h, w).

        Raises:
            ValueError: there is no local constraint.
        """
        if self.local is None:
            raise ValueError("this ball has no local constraint")
        k, s2 = self.local.k, self.statistics.variance
        squared = change.variance - 2 * k * change.covariance + k * k * s2
        centre = (self.local.high + self.local.low) / 2
        half_width = (self.local.high - self.local.low) / 2
        return squared.clamp_min(0) / self.local.radius, (change.mean - centre).abs() / half_width

    def contains(self, d: Tensor, tolerance: float = 0.0) -> Tensor:
        """Return whether ``d`` lies in the model's ball and box, (B,) bool.

        Args:
            d: perturbations (B, C, H, W).
            tolerance: relative for the constraints, absolute for the box.
        """
        outside = torch.maximum(self.lower - d, d - self.upper).flatten(1).amax(1)
        if self.is_quadratic:
            used = inner(d.double(), self.quadratic.apply(d.double()))
            return (used <= self.radius * (1 + tolerance)) & (outside <= tolerance)
        return self._satisfies_constraints(self.change(d), tolerance) & (outside <= tolerance)

    def _satisfies_constraints(self, change: ChangeStatistics, tolerance: float) -> Tensor:
        """Return whether the constraints hold, the box aside, (B,) bool."""
        inside = torch.ones(len(self.images), dtype=torch.bool, device=self.images.device)
        if self.mean is not None:
            inside &= self.distance(change) <= self.radius * (1 + tolerance)
        if self.local is not None:
            inside &= torch.stack(self.usage(change)).amax((0, 2, 3, 4)) <= 1 + tolerance
        return inside


def _weighted(square: Tensor, weight: Tensor) -> Tensor:
    """Return the product, or 0 where the square is 0, even for an infinite weight."""
    return torch.where(square > 0, square * weight, 0.0)
