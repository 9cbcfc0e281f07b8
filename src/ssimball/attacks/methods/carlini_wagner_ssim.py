"""The attack of Carlini and Wagner with SSIM as distance.

Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks" (2017, IEEE S&P), with a
perceptual distance in place of l2 as in Jordan, Manoj, Goel, Dimakis, "Quantifying Perceptual
Distortion of Adversarial Examples" (2019, arXiv 1902.08265):

    minimise over w  1 - mean SSIM(x, x') + c f(x'),   x' = (tanh w + 1) / 2,
    f(x') = max(Z_label - max of the other Z, -k)      (targeted: max of the other Z - Z_target)

Adam minimises the objective, from x' = x for each c. The result is the iterate most similar to x
among all that reach the margin k, over all c. The constant c is searched for each image: it is
multiplied by 10 until one value succeeds, then bisected between the largest value that failed and
the smallest that succeeded.

At x' = x the gradient of 1 - mean SSIM vanishes but that of f does not, so the margin alone drives
the first steps.

Deviations from Carlini and Wagner: 5 values of c with 100 steps each instead of 9 with 10,000,
which would take an hour on a CPU. Because of the few steps, the learning rate is larger (0.03
instead of 0.01) and falls linearly to 0 in each run. There is no early stop, which would make the
images of a batch depend on each other. Success is a margin above k, not equal to it. Deviation from
Jordan et al.: tanh instead of clipped sums; their code is untargeted.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, image_gradient, losses
from ssimball.config.attacks.perceptual import CarliniWagnerSsimConfig
from ssimball.ssim.index import change_statistics, image_statistics, mean_ssim_deficit

#: Factor that moves images away from 0 and 1, where arctanh is infinite.
INWARD = 1 - 1e-6
NOT_FOUND = "no image reached the margin"


def attack(model: nn.Module, batch: Batch, settings: CarliniWagnerSsimConfig) -> AttackResult:
    """Return the adversarial image of largest mean SSIM that Adam meets; see :class:`Attack`."""
    best = _Best.none(batch)
    low = torch.zeros_like(best.deficit)
    high = torch.full_like(low, float("inf"))
    constant = torch.full_like(low, settings.initial_constant)
    for _ in range(settings.search_steps):
        best, succeeded = _descend(model, batch, settings, constant, best)
        low = torch.where(succeeded, low, constant)
        high = torch.where(succeeded, constant, high)
        constant = torch.where(high.isinf(), 10 * low, (low + high) / 2)
    failures = [None if bool(each) else NOT_FOUND for each in best.deficit.isfinite()]
    return AttackResult(best.adversarial, failures=failures)


@dataclass(frozen=True)
class _Best:
    """The most similar adversarial image so far, for each image.

    Attributes:
        adversarial: (B, C, H, W); the clean image as long as there is none.
        deficit: its SSIM deficit, (B,); infinite as long as there is none.
    """

    adversarial: Tensor
    deficit: Tensor

    @classmethod
    def none(cls, batch: Batch) -> "_Best":
        images = batch.images.double()
        return cls(images, torch.full_like(images[:, 0, 0, 0], float("inf")))

    def or_better(self, images: Tensor, deficit: Tensor, succeeded: Tensor) -> "_Best":
        better = succeeded & (deficit < self.deficit)
        return _Best(
            torch.where(better.reshape(-1, 1, 1, 1), images, self.adversarial),
            torch.where(better, deficit, self.deficit),
        )


def _descend(
    model: nn.Module,
    batch: Batch,
    settings: CarliniWagnerSsimConfig,
    constant: Tensor,
    best: _Best,
) -> tuple[_Best, Tensor]:
    """Run Adam once; return the best so far, and which images succeeded in this run, bool (B,)."""
    x = batch.images.double()
    statistics = image_statistics(x)
    w = (INWARD * (2 * x - 1)).atanh().requires_grad_(True)
    adam = torch.optim.Adam([w], lr=settings.learning_rate)
    any_success = torch.zeros_like(constant, dtype=torch.bool)
    for step in range(settings.steps):
        images = (w.tanh() + 1) / 2
        deficit = mean_ssim_deficit(statistics, change_statistics(x, images - x, statistics))
        gain = losses(model(images), batch.labels, "margin", batch.targets).double()
        objective = deficit + constant * (settings.confidence - gain).clamp_min(0)
        w.grad = image_gradient(objective, w)
        succeeded = gain.detach() > settings.confidence
        best = best.or_better(images.detach(), deficit.detach(), succeeded)
        any_success |= succeeded
        adam.param_groups[0]["lr"] = settings.learning_rate * (1 - step / settings.steps)
        adam.step()
    return best, any_success
