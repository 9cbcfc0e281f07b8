"""How fast multipliers follow the use of their constraints."""

from dataclasses import dataclass

import torch
from torch import Tensor

#: Exponent of a multiplier's factor: first value, and limits.
FIRST_POWER, LARGEST_POWER, LEAST_POWER = 1.0, 2.0, 0.02
#: Growth of the exponent while a multiplier keeps its direction, and decay when it turns.
GROWTH, DECAY = 1.1, 0.6
#: Decay of the largest exponent each time a multiplier turns.
CALMING = 0.9
#: Share of the last logarithmic step that is added to the next one.
MOMENTUM = 0.5
#: Largest logarithmic step.
LARGEST_STEP = 3.0


@dataclass
class Rate:
    """Logarithmic steps of a set of multipliers; all tensors have the shape of the multipliers.

    Attributes:
        power: exponent of each multiplier's factor.
        largest_power: limit of the exponent.
        velocity: last logarithmic step.
        direction: last logarithm of the usage, times the multiplier's share of the gap.
    """

    power: Tensor
    largest_power: Tensor
    velocity: Tensor
    direction: Tensor

    @classmethod
    def initial(cls, multipliers: Tensor) -> "Rate":
        """Return the rates to start with."""
        zero = torch.zeros_like(multipliers)
        power = torch.full_like(multipliers, FIRST_POWER)
        return cls(power, torch.full_like(multipliers, LARGEST_POWER), zero, zero)

    def factor(self, usage: Tensor, share: Tensor) -> Tensor:
        """Return the factors by which to multiply, and update the rates.

        Args:
            usage: of each constraint, 1 at its edge.
            share: how much of the gap the multiplier is responsible for, in [0, 1].
        """
        direction = share * usage.clamp(1e-6, 1e6).log()
        turned = direction * self.direction < 0
        calmed = (CALMING * self.largest_power).clamp_min(LEAST_POWER)
        self.largest_power = torch.where(turned, calmed, self.largest_power)
        self.power = self.power * torch.where(turned, DECAY, GROWTH)
        self.power = torch.minimum(self.power, self.largest_power).clamp_min(LEAST_POWER)
        self.velocity = torch.where(turned, 0.0, MOMENTUM * self.velocity) + self.power * direction
        self.velocity = self.velocity.clamp(-LARGEST_STEP, LARGEST_STEP)
        self.direction = direction
        return self.velocity.exp()
