"""One step in the SSIM ball along a direction that is not the image's own gradient.

    x' = x + argmax { <h, d> : d in B },   B as in :mod:`ssimball.attacks.methods.ssim_ball`

- ``random``: h is Gaussian, value by value. It knows nothing of the network.
- ``other_image``: h is the gradient of the loss at another image, with that image's label (with a
  target: towards this image's target). It knows the network and not this image.
- ``permuted_signs``: h has the magnitudes of the own gradient where they are; its signs are those
  of other pixels, by one random permutation that keeps the channels together. It knows where the
  network looks, and not what it sees there. A zero counts as positive.

What these share with the attack is the ball's doing and not the gradient's.
"""

import torch
from torch import Tensor, nn

from ssimball.attacks.ball_settings import ball_of
from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.attacks.methods.ssim_ball import solver_of
from ssimball.attacks.shuffling import shuffled
from ssimball.ball.certificate import Certificate
from ssimball.config.attacks.controls import SsimBallControlConfig
from ssimball.errors import AttackError


def attack(model: nn.Module, batch: Batch, settings: SsimBallControlConfig) -> AttackResult:
    """The maximiser of the direction over the ball. See :class:`Attack`."""
    return _step(batch.images, settings, _direction(model, batch, settings))


def _direction(model: nn.Module, batch: Batch, settings: SsimBallControlConfig) -> Tensor:
    """What the step follows, (B, C, H, W)."""
    if settings.gradient == "random":
        shape = batch.images.shape[1:]
        drawn = [torch.from_numpy(rng.standard_normal(shape)) for rng in batch.rng]
        return torch.stack(drawn).to(batch.images)
    at = batch.others if settings.needs_others else batch
    if at is None:
        raise AttackError("there is no other image beside it")
    gradient = loss_gradient(model, at.images, at.labels, settings.loss, batch.targets)
    if settings.gradient == "other_image":
        return gradient
    signs = torch.where(gradient < 0, -1.0, 1.0).to(gradient)
    return gradient.abs() * shuffled(signs, batch.rng)


def _step(
    images: Tensor,
    settings: SsimBallControlConfig,
    direction: Tensor,
    start: Certificate | None = None,
) -> AttackResult:
    """The step along a direction; ``start`` is its certificate at another radius."""
    solver, limit = solver_of(ball_of(images, settings), settings), settings.max_iterations
    found = solver.maximise(direction, gap=settings.gap, max_iterations=limit, start=start)

    def again(number: int, settings: SsimBallControlConfig) -> AttackResult:
        kept = torch.tensor([number])
        return _step(images[kept], settings, direction[kept], found.select(kept))

    return AttackResult(images + found.perturbation, found, again=again)
