"""Fit a network to generated scenes: AdamW, one cycle of the learning rate, random crops."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TextIO

import torch
from torch import Tensor, nn

from ssimball.models.scene_batches import tracked


@dataclass(frozen=True)
class Schedule:
    """What the steps of a training depend on.

    Attributes:
        epochs: passes over the training split.
        full_size_epochs: the last epochs, which see whole scenes; all others see crops, which
            cost half as much.
        crop: side of the random square crops, in pixels.
        batch_size: scenes in a step.
        learning_rate: peak of the one-cycle schedule.
        weight_decay: of AdamW.
    """

    epochs: int
    full_size_epochs: int
    crop: int
    batch_size: int
    learning_rate: float
    weight_decay: float


@dataclass(frozen=True)
class Step:
    """A step of the training.

    Attributes:
        chosen: indices of its scenes.
        size: side of its crops, in pixels.
        number: which step it is, from 1.
        of: number of all steps.
    """

    chosen: Tensor
    size: int
    number: int
    of: int


def fit(
    model: nn.Module,
    images: Tensor,
    schedule: Schedule,
    loss: Callable[[Step], Tensor],
    progress: TextIO | None,
) -> None:
    """Minimise a loss over all scenes, in a new order in each epoch.

    Args:
        model: the network, which is changed.
        images: scenes, uint8 (N, H, W, 3).
        schedule: of the steps.
        loss: of the network on the scenes of a step.
        progress: where a progress bar is written; None: nowhere.
    """
    # Channels-last convolutions take less than half the time on a CPU.
    model.to(memory_format=torch.channels_last)
    optimizer = torch.optim.AdamW(model.parameters(), weight_decay=schedule.weight_decay)
    steps = schedule.epochs * -(-len(images) // schedule.batch_size)
    rate = torch.optim.lr_scheduler.OneCycleLR(optimizer, schedule.learning_rate, steps)
    number = 0
    for epoch in range(schedule.epochs):
        cropped = epoch < schedule.epochs - schedule.full_size_epochs
        size = schedule.crop if cropped else images.shape[1]
        batches = torch.split(torch.randperm(len(images)), schedule.batch_size)
        for chosen in tracked(batches, f"epoch {epoch + 1} of {schedule.epochs}", progress):
            number += 1
            optimizer.zero_grad()
            torch.autograd.backward(loss(Step(chosen, size, number, steps)))
            optimizer.step()
            rate.step()
