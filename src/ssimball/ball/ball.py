"""The SSIM ball in its convex models, for a batch of images.

Per window of the image x and the perturbation d: mu, s2 mean and variance of x; m, V those of d;
c their covariance. Brunet's squared distance (Brunet, Vrscay, Wang 2012), r = (1 - S1) + (1 - S2),
has the terms m² / (2 mu² + 2 mu m + m² + C1) and V / (2 s2 + 2 c + V + C2). Always
SSIM >= 1 - r, so a mean of r of epsilon at most keeps mean SSIM at 1 - epsilon at least.

    Q  sum of a V + b m² <= epsilon N, with a = 1 / (2 s2 + C2) and b = 1 / (2 mu² + C1): r with its
       denominators frozen at d = 0, or at another perturbation.
    S  the same with a = 1 / (2 s2 + 2 c + C2), b = 1 / (2 mu² + 2 mu m + C1), which depend on d.
       Each term is quadratic over affine, so convex, and no smaller than that of r: who is inside
       S is inside the true ball.
    L  both terms of r at most e in every window. Exact. With k = e / (1 - e), completed squares:
       |d - m - k (x - mu)|² <= k (2 s2 + C2) + k² s2 in the window's weights, and
       |m - k mu| <= sqrt(k (2 mu² + C1) + k² mu²).

Beside the box 0 <= x + d <= 1, |d| <= tau. A mean constraint (Q or S) and a local one may be
combined.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Literal

import torch
from torch import Tensor

from ssimball.ball.quadratic import QuadraticBall, inner, total
from ssimball.errors import AttackError
from ssimball.ssim.index import (
    C1,
    C2,
    ChangeStatistics,
    ImageStatistics,
    change_statistics,
    image_statistics,
    ssim_map,
)
from ssimball.ssim.windows import SSIM_WINDOW, Window

MeanModel = Literal["Q", "S"]
Model = Literal["Q", "S", "L"]


@dataclass(frozen=True)
class Local:
    """Model L as a ball and an interval per window, each (B, C, h, w).

    Attributes:
        k: e / (1 - e).
        radius: squared, of |d - m - k (x - mu)|.
        low, high: of the mean m.
    """

    k: float
    radius: Tensor
    low: Tensor
    high: Tensor


@dataclass(frozen=True)
class Ball:
    """Mean constraint, local constraint, or both, and a box.

    Attributes:
        images: float64 (B, C, H, W) in [0, 1].
        cap: on |d|, infinite for none.
        mean: model of the mean constraint, None for none.
        epsilon: its radius: mean of r allowed over windows and channels.
        epsilon_local: each term of r allowed in each window, None for no local constraint.
        frozen: what the denominators of model Q are frozen at; None for d = 0.
    """

    images: Tensor
    cap: float
    mean: MeanModel | None
    epsilon: float
    epsilon_local: float | None
    frozen: ChangeStatistics | None = None
    window: Window = SSIM_WINDOW

    @classmethod
    def around(
        cls,
        images: Tensor,
        epsilon: float,
        tau: float | None,
        model: Model = "Q",
        epsilon_local: float | None = None,
        window: Window = SSIM_WINDOW,
    ) -> "Ball":
        """The ball around images (B, C, H, W) in [0, 1].

        Args:
            epsilon: mean of r allowed (Q, S), or each of its terms in each window (L).
            tau: cap on |d|, in units of the image; None for no cap.
            model: Q, S or L.
            epsilon_local: beside Q or S, each term allowed in each window; None: no such limit.
            window: where similarity is measured.

        Raises:
            ValueError: a local radius that is not below 1, or two of them; an image smaller than
                the window.
        """
        local = epsilon if model == "L" else epsilon_local
        if model == "L" and epsilon_local is not None:
            raise ValueError("model L has its radius in epsilon; epsilon_local belongs to Q and S")
        if local is not None and not 0 < local < 1:
            raise ValueError(f"a local radius lies between 0 and 1, not at {local}")
        for side in images.shape[-2:]:
            window.positions(side)
        return cls(
            images=images.double(),
            cap=float("inf") if tau is None else tau,
            mean=None if model == "L" else model,
            epsilon=epsilon,
            epsilon_local=local,
            window=window,
        )

    def frozen_at(self, d: Tensor) -> "Ball":
        """Model Q with denominators those of r at d: there, the quadratic is the sum of r."""
        frozen = replace(self, frozen=self.change(d))
        # What belongs to the image alone need not be made again.
        for name in ("statistics", "lower", "upper"):
            vars(frozen)[name] = getattr(self, name)
        return frozen

    @property
    def is_quadratic(self) -> bool:
        """Whether the one constraint beside the box is a quadratic."""
        return self.mean == "Q" and self.epsilon_local is None

    @property
    def radius(self) -> float:
        """Sum of r allowed: epsilon times the number of windows and channels."""
        _, channels, height, width = self.images.shape
        windows = self.window.positions(height) * self.window.positions(width)
        return self.epsilon * channels * windows

    @cached_property
    def statistics(self) -> ImageStatistics:
        """Of the images in each window, (B, C, h, w)."""
        return image_statistics(self.images, self.window)

    @cached_property
    def lower(self) -> Tensor:
        """Least perturbation, box and cap together, (B, C, H, W); at most 0."""
        return (-self.images).clamp_min(-self.cap)

    @cached_property
    def upper(self) -> Tensor:
        """Largest perturbation, likewise; at least 0."""
        return (1 - self.images).clamp_max(self.cap)

    @cached_property
    def denominators(self) -> tuple[Tensor, Tensor]:
        """1 / a and 1 / b of model Q, each (B, C, h, w)."""
        luminance = 2 * self.statistics.mean**2 + C1
        structure = 2 * self.statistics.variance + C2
        if self.frozen is not None:
            m = self.frozen.mean
            luminance = luminance + 2 * self.statistics.mean * m + m * m
            structure = structure + 2 * self.frozen.covariance + self.frozen.variance
        return structure, luminance

    @cached_property
    def quadratic(self) -> QuadraticBall:
        """Model Q as an operator, with the box."""
        a, b = (1 / denominator for denominator in self.denominators)
        diagonal = self.window.adjoint(a, self.images.shape[-2:])
        return QuadraticBall(diagonal, b - a, self.radius, self.lower, self.upper, self.window)

    @cached_property
    def local(self) -> Local | None:
        """The local constraint, where there is one."""
        if self.epsilon_local is None:
            return None
        mu, s2 = self.statistics.mean, self.statistics.variance
        k = self.epsilon_local / (1 - self.epsilon_local)
        reach = (k * (2 * mu * mu + C1) + k * k * mu * mu).sqrt()
        return Local(k, k * (2 * s2 + C2) + k * k * s2, k * mu - reach, k * mu + reach)

    def select(self, images: Tensor) -> "Ball":
        """The ball of some images of the batch, by their numbers."""
        at = self.frozen
        return replace(
            self,
            images=self.images[images],
            frozen=at and ChangeStatistics(*(t[images] for t in vars(at).values())),
        )

    def change(self, d: Tensor) -> ChangeStatistics:
        """Statistics of d (B, C, H, W) in each window."""
        return change_statistics(self.images, d.double(), self.statistics, self.window)

    def project_box(self, d: Tensor) -> Tensor:
        """Nearest perturbation in the box."""
        return torch.minimum(torch.maximum(d, self.lower), self.upper)

    def weights(self, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
        """a and b of the mean constraint at a perturbation; infinite where S is not defined."""
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
        """What the mean constraint bounds by ``radius``, (B,)."""
        a, b = self.weights(change)
        return total(_times(change.variance, a) + _times(change.mean**2, b))

    def usage(self, change: ChangeStatistics) -> tuple[Tensor, Tensor]:
        """Of the local constraint, per window: squared distance over radius, and |m - k mu| over
        its largest value; both at most 1 inside.

        Raises:
            ValueError: there is no local constraint.
        """
        if self.local is None:
            raise ValueError("this ball has no local constraint")
        k, s2 = self.local.k, self.statistics.variance
        squared = change.variance - 2 * k * change.covariance + k * k * s2
        centre = (self.local.high + self.local.low) / 2
        reach = (self.local.high - self.local.low) / 2
        return squared.clamp_min(0) / self.local.radius, (change.mean - centre).abs() / reach

    def contains(self, d: Tensor, tolerance: float = 0.0) -> Tensor:
        """Whether d lies in the model's ball and box, (B,) bool.

        ``tolerance`` is relative for the constraints and absolute for the box.
        """
        outside = torch.maximum(self.lower - d, d - self.upper).flatten(1).amax(1)
        if self.is_quadratic:
            used = inner(d.double(), self.quadratic.apply(d.double()))
            return (used <= self.radius * (1 + tolerance)) & (outside <= tolerance)
        return self._holds(self.change(d), tolerance) & (outside <= tolerance)

    def _holds(self, change: ChangeStatistics, tolerance: float = 0.0) -> Tensor:
        """Whether the constraints hold, box aside, (B,) bool."""
        fine = torch.ones(len(self.images), dtype=torch.bool, device=self.images.device)
        if self.mean is not None:
            fine &= self.distance(change) <= self.radius * (1 + tolerance)
        if self.local is not None:
            fine &= torch.stack(self.usage(change)).amax((0, 2, 3, 4)) <= 1 + tolerance
        return fine

    def contains_truly(self, d: Tensor, tolerance: float = 0.0) -> Tensor:
        """What the ball promises of SSIM itself, (B,) bool, measured in the ball's window.

        Mean SSIM at least 1 - epsilon; with a local constraint, at least (1 - epsilon_local)² in
        every window. Model Q is an approximation and promises neither.
        """
        similarity = ssim_map(self.images, self.images + d.double(), self.window)
        fine = torch.ones(len(d), dtype=torch.bool, device=d.device)
        if self.mean is not None:
            fine &= similarity.flatten(1).mean(1) >= 1 - self.epsilon * (1 + tolerance)
        if self.epsilon_local is not None:
            floor = (1 - self.epsilon_local * (1 + tolerance)) ** 2
            fine &= similarity.flatten(1).amin(1) >= floor
        return fine


def check_cover(shape: Sequence[int], window: Window) -> None:
    """Refuse windows that leave pixels of an image (..., H, W) out: nothing would bound those.

    Raises:
        AttackError: naming window and side.
    """
    for side in shape[-2:]:
        if not window.covers(side):
            raise AttackError(
                f"windows of {window.size} pixels at stride {window.stride} do not cover a side "
                f"of {side} pixels; choose a stride that divides {side} - size"
            )


def _times(square: Tensor, weight: Tensor) -> Tensor:
    """Their product; 0 where the square is 0, whatever the weight."""
    return torch.where(square > 0, square * weight, 0.0)
