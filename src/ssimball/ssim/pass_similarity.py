"""PASS: structural similarity after aligning the perturbed image to the clean one.

Rozsa, Rudd, Boult, "Adversarial Diversity and Hard Positive Generation" (CVPR workshops 2016),
define the psychometric perceptual adversarial similarity score. From the paper:

* PASS(x', x) = SSIM(psi(x', x), x): psi warps x' by the homography that maximises the enhanced
  correlation coefficient (ECC; Evangelidis, Psarakis 2008), the correlation of the images after
  their means are subtracted.
* SSIM is the mean of the regional index RSSIM = L C S over the regions, with exponents 1 and
  regions weighted by a Gaussian of 11 x 11 pixels and sigma 1.5.

Choices made here, because the paper leaves them open:

* ECC is computed on the luma, smoothed by OpenCV's default Gaussian of 5 x 5 pixels, which finds
  larger shifts; it starts from the identity.
* SSIM is that of :mod:`ssimball.ssim.index` (with constants C1 = 0.01², C2 = 0.03² and
  C3 = C2 / 2), averaged over RGB. So PASS equals the mean SSIM reported beside it where nothing
  moved.
* Only windows that the warped image covers count, so that no value invented at a border does.
* Cubic splines interpolate. Linear interpolation would smooth a perturbation away, and OpenCV
  5.0 with ``INTER_CUBIC`` does not reproduce an image even under the identity.

ECC is maximised, not SSIM, so PASS can be slightly below the SSIM of the images without alignment.
"""

import cv2
import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ssimball.ssim.index import ImageStatistics
from ssimball.ssim.luma import luma
from ssimball.ssim.similarity import similarity
from ssimball.ssim.warping import warp
from ssimball.ssim.windows import SSIM_WINDOW

# One thread, so that no result can depend on the number of threads; jobs share the cores instead.
cv2.setNumThreads(1)

#: ECC stops after 50 iterations, or when the coefficient grows by less than 1e-6.
STOP = (cv2.TERM_CRITERIA_COUNT | cv2.TERM_CRITERIA_EPS, 50, 1e-6)


def pass_similarity(
    clean: Tensor,
    stored: Tensor,
    image: ImageStatistics | None = None,
    lumas: tuple[Tensor, Tensor] | None = None,
) -> float | None:
    """Return the PASS of two images.

    Args:
        clean: float64 (3, H, W) in [0, 1] on the CPU.
        stored: of the same shape and kind.
        image: statistics of ``clean``, if known.
        lumas: of both images, (H, W) each, if known.

    Returns:
        A value of at most 1, and 1 for equal images. None where :func:`alignment` finds no
        homography, as for a constant image, or where the aligned image covers no window.
    """
    homography = alignment(*(lumas or (luma(clean), luma(stored))))
    if homography is None:
        return None
    rows, columns, inside = _positions(homography, *stored.shape[1:])
    # All weights of the window are positive, so the mean is 0 only where all pixels are covered.
    covered = (SSIM_WINDOW.mean(torch.from_numpy(~inside).double()) == 0).numpy()
    if not covered.any():
        return None
    aligned = torch.from_numpy(warp(stored.numpy(), rows, columns, inside)).clamp_(0, 1)
    return similarity(clean, aligned, image, covered).overall


def alignment(clean: Tensor, stored: Tensor) -> NDArray[np.float64] | None:
    """Return the homography of largest enhanced correlation coefficient, by ``findTransformECC``.

    Args:
        clean: luma of an image, float64 (H, W) in [0, 1] on the CPU.
        stored: of the same shape and kind.

    Returns:
        A matrix (3, 3) from pixel coordinates (x, y, 1) of ``clean`` to those of ``stored``. None
        where ECC does not converge: an image is constant, so that it correlates with nothing, or
        the images have so little in common that the coefficient falls.
    """
    template, image = (plane.numpy().astype(np.float32) for plane in (clean, stored))
    identity = np.eye(3, dtype=np.float32)
    try:
        _, homography = cv2.findTransformECC(template, image, identity, cv2.MOTION_HOMOGRAPHY, STOP)
    except cv2.error as error:
        if error.code != cv2.Error.StsNoConv:
            raise
        return None
    return homography.astype(np.float64) if np.isfinite(homography).all() else None


def _positions(
    homography: NDArray[np.float64], height: int, width: int
) -> tuple[NDArray[np.float64], NDArray[np.float64], NDArray[np.bool_]]:
    """Return the source of each pixel (H, W): row, column, and whether it lies in the image."""
    y, x = np.ogrid[:height, :width]
    columns, rows, depth = (of_x * x + (of_y * y + shift) for of_x, of_y, shift in homography)
    ahead = depth > 0
    depth = np.where(ahead, depth, np.inf)
    rows, columns = rows / depth, columns / depth
    # The image extends to the outer edges of its outermost pixels, half a pixel past their centres.
    vertical = np.abs(rows - (height - 1) / 2) <= height / 2
    horizontal = np.abs(columns - (width - 1) / 2) <= width / 2
    return rows, columns, ahead & vertical & horizontal
