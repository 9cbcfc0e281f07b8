"""The attack of Carlini and Wagner with SSIM as distance.

Carlini and Wagner, "Towards Evaluating the Robustness of Neural Networks" (2017, IEEE S&P), with a
perceptual distance in place of l2 as in Jordan, Manoj, Goel, Dimakis, "Quantifying Perceptual
Distortion of Adversarial Examples" (2019, arXiv 1902.08265):

    minimise over w  1 - mean SSIM(x, x') + c f(x'),   x' = (tanh w + 1) / 2,
    f(x') = max(Z_label - max of the other Z, -k)      (targeted: max of the other Z - Z_target)

by Adam from x' = x, anew for each c. Of all iterates that reach the margin k, over all c, the one
most similar to x is the result. c is searched for each image: times 10 until one succeeds, then by
bisection between the largest that failed and the smallest that succeeded.

The gradient of 1 - mean SSIM vanishes at x' = x, that of f does not: the margin makes the start.
Deviations from Carlini and Wagner: 5 values of c and 100 steps for theirs of 9 and 10,000, which
take an hour on a CPU; for that few, a larger learning rate (0.03 for 0.01) that falls linearly to 0
in each run; no early stop, which would tie images of a batch together; success is a margin above k,
not equal to it. From Jordan et al.: the tanh, for their clipped sums; their code is untargeted.
"""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, finite_gradient, losses
from ssimball.config.attacks.perceptual import CarliniWagnerSsimConfig
from ssimball.ssim.index import change_statistics, image_statistics, mean_ssim_deficit

#: Images are drawn in from 0 and 1 by this share, where arctanh is infinite.
INWARD = 1 - 1e-6
NOT_FOUND = "no image reached the margin"


def attack(model: nn.Module, batch: Batch, settings: CarliniWagnerSsimConfig) -> AttackResult:
    """The adversarial image of largest mean SSIM that was met. See :class:`Attack`."""
    found = _Found.none(batch)
    low = torch.zeros_like(found.deficit)
    high = torch.full_like(low, float("inf"))
    constant = torch.full_like(low, settings.initial_constant)
    for _ in range(settings.search_steps):
        found, succeeded = _descend(model, batch, settings, constant, found)
        low = torch.where(succeeded, low, constant)
        high = torch.where(succeeded, constant, high)
        constant = torch.where(high.isinf(), 10 * low, (low + high) / 2)
    failures = [None if bool(each) else NOT_FOUND for each in found.deficit.isfinite()]
    return AttackResult(found.adversarial, failures=failures)


@dataclass(frozen=True)
class _Found:
    """The best of each image: the clean one and an infinite deficit as long as there is none."""

    adversarial: Tensor
    deficit: Tensor

    @classmethod
    def none(cls, batch: Batch) -> "_Found":
        images = batch.images.double()
        return cls(images, torch.full_like(images[:, 0, 0, 0], float("inf")))

    def or_better(self, images: Tensor, deficit: Tensor, succeeded: Tensor) -> "_Found":
        better = succeeded & (deficit < self.deficit)
        return _Found(
            torch.where(better.reshape(-1, 1, 1, 1), images, self.adversarial),
            torch.where(better, deficit, self.deficit),
        )


def _descend(
    model: nn.Module,
    batch: Batch,
    settings: CarliniWagnerSsimConfig,
    constant: Tensor,
    found: _Found,
) -> tuple[_Found, Tensor]:
    """One run of Adam: what is found by now, and who succeeded in this run, (B,) bool."""
    x = batch.images.double()
    statistics = image_statistics(x)
    w = (INWARD * (2 * x - 1)).atanh().requires_grad_(True)
    adam = torch.optim.Adam([w], lr=settings.learning_rate)
    ever = torch.zeros_like(constant, dtype=torch.bool)
    for step in range(settings.steps):
        images = (w.tanh() + 1) / 2
        deficit = mean_ssim_deficit(statistics, change_statistics(x, images - x, statistics))
        gain = losses(model(images), batch.labels, "margin", batch.targets).double()
        objective = deficit + constant * (settings.confidence - gain).clamp_min(0)
        (gradient,) = torch.autograd.grad(objective.sum(), w)
        w.grad = finite_gradient(gradient)
        succeeded = gain.detach() > settings.confidence
        found = found.or_better(images.detach(), deficit.detach(), succeeded)
        ever |= succeeded
        adam.param_groups[0]["lr"] = settings.learning_rate * (1 - step / settings.steps)
        adam.step()
    return found, ever
