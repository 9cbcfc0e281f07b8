"""Maximise a linear function over the SSIM ball."""

from torch import Tensor

from ssimball.api.network import own_device
from ssimball.ball.ball import Ball
from ssimball.ball.certificate import Certificate
from ssimball.ball.solvers.ball_solver import BallSolver
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.errors import InputError


@own_device()
def maximise(
    ball: Ball, gradient: Tensor, *, gap: float | None = None, max_iterations: int | None = None
) -> Certificate:
    """Maximise <gradient, d> over a ball, with a proof of how close to the best the result is.

    Examples:
        >>> import torch, ssimball
        >>> ball = ssimball.Ball.around(torch.rand(1, 3, 16, 16), epsilon=0.01, tau=8 / 255)
        >>> certificate = ssimball.maximise(ball, torch.randn(1, 3, 16, 16))
        >>> bool(ball.contains(certificate.perturbation)), bool(certificate.gap < 1e-3)
        (True, True)

    Args:
        ball: around images (B, C, H, W), such as ``Ball.around(images, epsilon, tau)``.
        gradient: the objective, finite, (B, C, H, W); only its direction matters.
        gap: relative duality gap at which to stop; None: the default of the attack.
        max_iterations: iterations after which to stop; None: the default of the attack.

    Returns:
        The certificate: ``perturbation``, ``primal``, ``dual`` and ``gap``, with how it ended.

    Raises:
        InputError: the gradient is not finite, or does not have the shape of the images.
    """
    if not isinstance(gradient, Tensor):
        kind = type(gradient).__name__
        raise InputError(f"gradient: expected a torch tensor, got {kind}; use torch.as_tensor")
    if gradient.shape != ball.images.shape:
        raise InputError(
            f"gradient: shape {tuple(gradient.shape)}, but the images of the ball have "
            f"{tuple(ball.images.shape)}"
        )
    if not bool(gradient.isfinite().all()):
        raise InputError("gradient: a value is NaN or infinite")
    defaults = SsimBallConfig()
    return BallSolver(ball).maximise(
        gradient.detach(),
        gap=defaults.gap if gap is None else gap,
        max_iterations=defaults.max_iterations if max_iterations is None else max_iterations,
    )
