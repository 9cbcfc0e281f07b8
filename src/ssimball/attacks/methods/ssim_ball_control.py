"""One step in the SSIM ball along a direction other than the image's own gradient.

    x' = x + argmax { <h, d> : d in B },   B as in :mod:`ssimball.attacks.methods.ssim_ball`

The controls differ in the information that the direction h carries:

- ``random``: h is Gaussian, value by value. It carries no information about the network.
- ``other_image``: h is the gradient of the loss at another image, with that image's label (with a
  target: towards this image's target). It carries information about the network, but not about
  this image.
- ``permuted_signs``: h has the magnitudes of the image's own gradient at their positions, and the
  signs of other pixels, by one random permutation that keeps the channels of a pixel together. It
  carries where the gradient is large, but not in which direction it points.
- ``sign_only``: h has the signs of the image's own gradient and equal magnitudes. It carries in
  which direction the gradient points, but not where it is large.
- ``rolled_magnitude``: h has the signs of the image's own gradient, and its magnitudes moved by
  half the image's height and width, around the border. It points in the right direction, but is
  large in the wrong place.

The last three separate where the gradient is large (its magnitude) from where it points (its sign).
A zero counts as positive where signs move to other magnitudes; ``sign_only`` keeps it.

What these controls share with the attack is caused by the ball, not by the gradient.
"""

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.attacks.methods.ssim_ball import Solver, scaled, solver_of
from ssimball.attacks.shuffling import shuffled
from ssimball.ball.certificate import Certificate
from ssimball.config.attacks.controls import SsimBallControlConfig
from ssimball.errors import AttackError


def attack(model: nn.Module, batch: Batch, settings: SsimBallControlConfig) -> AttackResult:
    """Go to the maximiser of the direction over the ball; see :class:`Attack`."""
    direction = _direction(model, batch, settings)
    return _step(solver_of(batch.images, settings), batch.images, settings, direction)


def _direction(model: nn.Module, batch: Batch, settings: SsimBallControlConfig) -> Tensor:
    """Return the direction of the step, (B, C, H, W)."""
    if settings.gradient == "random":
        shape = batch.images.shape[1:]
        drawn = [torch.from_numpy(rng.standard_normal(shape)) for rng in batch.rng]
        return torch.stack(drawn).to(batch.images)
    source = batch.others if settings.needs_others else batch
    if source is None:
        raise AttackError("there is no other image beside it")
    gradient = loss_gradient(model, source.images, source.labels, settings.loss, batch.targets)
    if settings.gradient == "other_image":
        return gradient
    if settings.gradient == "sign_only":
        return gradient.sign()
    signs = torch.where(gradient < 0, -1.0, 1.0).to(gradient)
    if settings.gradient == "rolled_magnitude":
        height, width = gradient.shape[2:]
        return signs * gradient.abs().roll((height // 2, width // 2), dims=(2, 3))
    return gradient.abs() * shuffled(signs, batch.rng)


def _step(
    solver: Solver,
    images: Tensor,
    settings: SsimBallControlConfig,
    direction: Tensor,
    neighbour: Certificate | None = None,
) -> AttackResult:
    """Take the step along a direction; ``neighbour`` is where to start, if anywhere."""
    limit = settings.max_iterations
    certificate = solver.maximise(
        direction, gap=settings.gap, max_iterations=limit, start=neighbour
    )

    def rerun(index: int, changed: SsimBallControlConfig) -> AttackResult:
        chosen = torch.tensor([index])
        single = images[chosen]
        other = solver_of(single, changed, solver if len(images) == 1 else None)
        start = scaled(certificate.select(chosen), changed.epsilon / settings.epsilon)
        return _step(other, single, changed, direction[chosen], start)

    return AttackResult(images + certificate.perturbation, certificate, rerun=rerun)
