"""Projected gradient descent (Madry et al. 2018), by Foolbox, with a random start per image."""

from typing import Any

import eagerpy
import foolbox
import numpy as np
import torch
from torch import nn

from ssimball.attacks.foolbox_adapter import run
from ssimball.attacks.interface import AttackResult, Batch, Generators
from ssimball.config.attacks.gradient import PgdConfig


def attack(model: nn.Module, batch: Batch, settings: PgdConfig) -> AttackResult:
    """Gradient steps inside an l-infinity or l2 ball. See :class:`Attack`."""
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
    """Foolbox draws one random start for the batch from a global generator; here each its own."""

    rng: Generators = ()

    def get_random_start(self, x0: Any, epsilon: float) -> Any:
        """Uniform in the cube."""
        return _moved(x0, [r.uniform(-epsilon, epsilon, x0.shape[1:]) for r in self.rng])


class _L2Pgd(foolbox.attacks.L2ProjectedGradientDescentAttack):  # type: ignore[misc]
    """The same for the Euclidean ball."""

    rng: Generators = ()

    def get_random_start(self, x0: Any, epsilon: float) -> Any:
        """Uniform in the ball: a uniform direction, as length the n-th root of a uniform number."""
        return _moved(x0, [epsilon * _in_unit_ball(r, x0.shape[1:]) for r in self.rng])


def _in_unit_ball(rng: np.random.Generator, shape: tuple[int, ...]) -> np.ndarray:
    direction = rng.standard_normal(shape)
    radius = rng.random() ** (1 / direction.size)
    return np.asarray(radius * direction / np.linalg.norm(direction))
