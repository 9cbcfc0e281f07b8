"""SSIM of an image x and x + t d for any factor t, from window means that are computed once."""

from torch import Tensor

from ssimball.ssim.compiled_ssim import along_ray, change_moments
from ssimball.ssim.index import ImageStatistics, image_statistics
from ssimball.ssim.similarity import Similarity
from ssimball.ssim.windows import SSIM_WINDOW

#: Largest number of secant steps towards a deficit.
SECANTS = 8
#: Relative precision of a factor at which the secant steps end.
PRECISION = 1e-7


class SsimRay:
    """SSIM along the ray from an image: x + t d for factors t.

    W x, W(x²), W d, W(d²) and W(x d) do not depend on t, so that SSIM at another t needs no filter.

    Example:
        >>> import torch
        >>> x = torch.full((3, 16, 16), 0.5, dtype=torch.float64)
        >>> ray = SsimRay(x, torch.full_like(x, 0.1))
        >>> print(f"{ray.mean(0):.6f} {ray.mean(1):.6f}")
        1.000000 0.983609
    """

    def __init__(self, x: Tensor, d: Tensor, image: ImageStatistics | None = None) -> None:
        """Filter the image and its change.

        Args:
            x: planes in [0, 1], float64 (P, H, W) on the CPU.
            d: their change, of the same shape and kind.
            image: statistics of ``x``, if known.
        """
        self.image = image_statistics(x) if image is None else image
        mean, variance = self.image.mean.numpy(), self.image.variance.numpy()
        change = change_moments(x.numpy(), d.numpy(), mean, SSIM_WINDOW.taps)
        self._windows = mean, variance, change

    def at(self, t: float = 1.0) -> Similarity:
        """Return the similarity of x and x + t d."""
        totals = along_ray(*self._windows, float(t))
        return Similarity.from_totals(totals, self._windows[0][0].size)

    def mean(self, t: float = 1.0) -> float:
        """Return the mean SSIM of x and x + t d over windows and planes."""
        return float(self.at(t).mean.mean())

    def factor_of(self, deficit: float, start: float) -> float:
        """Return about the factor at which 1 minus mean SSIM is ``deficit``.

        Args:
            deficit: the deficit to reach, positive.
            start: a positive factor from which secant steps start.

        Returns:
            The factor; NaN if the change does not alter SSIM or the steps leave positive factors.
        """
        # The root of the deficit is about linear in the factor, and 0 at 0.
        goal, before, root_before, factor = deficit**0.5, 0.0, 0.0, start
        for _ in range(SECANTS):
            root = max(1 - self.mean(factor), 0.0) ** 0.5
            if root == root_before:
                return float("nan")
            step = (goal - root) * (factor - before) / (root - root_before)
            before, root_before, factor = factor, root, factor + step
            if not factor > 0:
                return float("nan")
            if abs(step) <= PRECISION * factor:
                break
        return factor
