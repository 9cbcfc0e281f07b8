"""How fast multipliers follow the use of their constraints."""

from dataclasses import dataclass

import torch
from torch import Tensor

#: Powers of the multipliers: first, largest and smallest, and their growth and decay.
POWER, MOST, LEAST, GROWTH, DECAY = 1.0, 2.0, 0.02, 1.1, 0.6
#: Decay of the largest power of a multiplier that turns again and again.
CALMING = 0.9
MOMENTUM = 0.5


@dataclass
class Rate:
    """Logarithmic steps of a set of multipliers."""

    power: Tensor
    most: Tensor
    velocity: Tensor
    last: Tensor

    @classmethod
    def of(cls, values: Tensor) -> "Rate":
        zero = torch.zeros_like(values)
        return cls(torch.full_like(values, POWER), torch.full_like(values, MOST), zero, zero)

    def factor(self, usage: Tensor, share: Tensor) -> Tensor:
        """What to multiply with, where ``usage`` is 1 at the edge of the constraint.

        ``share`` in [0, 1]: how much of the gap the multiplier is to blame for.
        """
        way = share * usage.clamp(1e-6, 1e6).log()
        turned = way * self.last < 0
        self.most = torch.where(turned, (CALMING * self.most).clamp_min(LEAST), self.most)
        self.power = self.power * torch.where(turned, DECAY, GROWTH)
        self.power = torch.minimum(self.power, self.most).clamp_min(LEAST)
        self.velocity = torch.where(turned, 0.0, MOMENTUM * self.velocity) + self.power * way
        self.velocity = self.velocity.clamp(-3, 3)
        self.last = way
        return self.velocity.exp()
