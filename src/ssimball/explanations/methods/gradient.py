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
    """Map the largest |d logit / d pixel| over channels, (B, H, W) (section 3.1 of the paper)."""
    gradients, logits = logit_gradient(classifier, images, classes)
    return Explanation(saliency(gradients), logits)


def logit_gradient(
    classifier: Classifier, images: Tensor, classes: Tensor
) -> tuple[Tensor, Tensor]:
    """Differentiate each image's logit of its class with respect to its pixels.

    Args:
        classifier: the network.
        images: float (B, 3, H, W) in [0, 1].
        classes: the class of each image, int64 (B,).

    Returns:
        The gradients (B, 3, H, W), and the logits, float64 (B,).
    """
    pixels = images.detach().clone().requires_grad_(True)
    logits = logit_of(classifier(pixels), classes)
    (gradients,) = torch.autograd.grad(logits.sum(), pixels)
    return gradients, logits.detach().double()


def saliency(gradients: Tensor) -> Tensor:
    """Return the largest magnitude over channels, float32 (B, H, W), of gradients (B, 3, H, W)."""
    return gradients.abs().amax(1).float()
