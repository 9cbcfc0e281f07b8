"""Gradient steps in a norm ball, by Foolbox: projected gradient descent, BIM and FGSM.

The three methods are one iteration with different settings:

    X_0 = X or a random point of the ball,   X_{N+1} = Clip_{X,eps}(X_N + alpha step)

The step is the sign of the gradient of the cross-entropy (l-infinity) or the gradient over its
norm (l2). Clip projects onto the ball of radius eps around the image, and onto [0, 1]. With a
target, the steps decrease the target's cross-entropy.

- ``pgd``: projected gradient descent (Madry et al. 2018), from a random point unless
  ``random_start`` is false.
- ``bim``: the basic iterative method (Kurakin, Goodfellow, Bengio, ICLR workshop 2017), from the
  image, in l-infinity; ``target: least_likely`` is the paper's iterative least-likely class method.
  The paper has alpha = 1/255 and min(eps + 4, 1.25 eps) steps, eps in grey levels. The defaults are
  those numbers at eps = 4/255, and alpha grows with eps.
- ``fgsm``: the fast gradient sign method (Goodfellow, Shlens, Szegedy 2015), which is one step of
  ``bim`` with alpha = eps. Foolbox's own fast gradient method is this step too, but it rejects
  targets.
"""

from typing import Any

import eagerpy
import foolbox
import numpy as np
import torch
from torch import nn

from ssimball.attacks.foolbox_adapter import run
from ssimball.attacks.interface import AttackResult, Batch, Generators
from ssimball.config.attacks.gradient import BimConfig, FgsmConfig, PgdConfig


def attack(
    model: nn.Module, batch: Batch, settings: FgsmConfig | BimConfig | PgdConfig
) -> AttackResult:
    """Take gradient steps inside an l-infinity or l2 ball; see :class:`Attack`."""
    kind = _LinfPgd if settings.norm == "linf" else _L2Pgd
    method = kind(
        rel_stepsize=settings.relative_step_size,
        steps=settings.steps,
        random_start=settings.random_start,
    )
    method.rng = batch.rng
    return run(method, model, batch, settings.epsilon)


def _moved(x0: Any, noise: list[np.ndarray]) -> Any:
    start = x0.raw + torch.from_numpy(np.stack(noise)).to(x0.raw)
    return eagerpy.astensor(start.clamp(0, 1))


class _LinfPgd(foolbox.attacks.LinfProjectedGradientDescentAttack):  # type: ignore[misc]
    """PGD in l-infinity whose random start comes from each image's own generator.

    Foolbox draws the start of a whole batch from one global generator.
    """

    rng: Generators = ()

    def get_random_start(self, x0: Any, epsilon: float) -> Any:
        """Draw uniformly from the cube."""
        return _moved(x0, [r.uniform(-epsilon, epsilon, x0.shape[1:]) for r in self.rng])


class _L2Pgd(foolbox.attacks.L2ProjectedGradientDescentAttack):  # type: ignore[misc]
    """PGD in l2 whose random start comes from each image's own generator."""

    rng: Generators = ()

    def get_random_start(self, x0: Any, epsilon: float) -> Any:
        """Draw uniformly from the ball.

        The direction is uniform, and the length is the n-th root of a uniform number.
        """
        return _moved(x0, [epsilon * _in_unit_ball(r, x0.shape[1:]) for r in self.rng])


def _in_unit_ball(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    direction = rng.standard_normal(shape)
    radius = rng.random() ** (1 / direction.size)
    return np.asarray(radius * direction / np.linalg.norm(direction))
