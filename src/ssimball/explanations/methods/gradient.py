"""Gradient saliency (Simonyan et al. 2014)."""

import torch
from torch import Tensor

from ssimball.config.explanation import GradientConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: GradientConfig,
    rngs: Generators,
) -> Explanation:
    """The largest magnitude over channels of d logit / d pixel, section 3.1: maps (B, H, W)."""
    gradients, logits = logit_gradient(classifier, images, classes)
    return Explanation(saliency(gradients), logits)


def logit_gradient(
    classifier: Classifier, images: Tensor, classes: Tensor
) -> tuple[Tensor, Tensor]:
    """d logit / d pixel, (B, 3, H, W) for pixels in [0, 1], and the logits, float64 (B,)."""
    x = images.detach().clone().requires_grad_(True)
    logits = logit_of(classifier(x), classes)
    (gradients,) = torch.autograd.grad(logits.sum(), x)
    return gradients, logits.detach().double()


def saliency(gradients: Tensor) -> Tensor:
    """Largest magnitude over channels: (B, 3, H, W) to float32 (B, H, W)."""
    return gradients.abs().amax(1).float()
