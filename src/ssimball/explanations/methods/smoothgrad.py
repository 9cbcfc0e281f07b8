"""SmoothGrad (Smilkov et al. 2017)."""

import numpy as np
import torch
from torch import Tensor

from ssimball.config.explanation import SmoothGradConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.explanations.methods.gradient import logit_gradient, saliency
from ssimball.models.classifier import Classifier

#: Copies sent through the network at once.
_COPIES = 10


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: SmoothGradConfig,
    rngs: Generators,
) -> Explanation:
    """The mean of d logit / d pixel over noisy copies of the image (section 2): maps (B, H, W).

    Gradients are averaged with their signs; of the mean, the largest magnitude over channels is
    taken, as :mod:`ssimball.explanations.methods.gradient` does. The noise is Gaussian, its
    standard deviation ``noise_level`` times the range of the image; copies are not clipped to
    [0, 1].
    """
    means = [
        _mean_gradient(classifier, image, number, settings, rng)
        for image, number, rng in zip(images, classes, rngs, strict=True)
    ]
    with torch.no_grad():
        logits = logit_of(classifier(images), classes).double()
    return Explanation(saliency(torch.stack(means)), logits)


def _mean_gradient(
    classifier: Classifier,
    image: Tensor,
    number: Tensor,
    settings: SmoothGradConfig,
    rng: np.random.Generator,
) -> Tensor:
    """For one image (3, H, W), so that its copies are together whatever the batch around it."""
    spread = settings.noise_level * float(image.max() - image.min())
    total = torch.zeros_like(image, dtype=torch.float64)
    for start in range(0, settings.samples, _COPIES):
        count = min(_COPIES, settings.samples - start)
        noise = torch.from_numpy(rng.standard_normal((count, *image.shape))).to(image)
        gradients, _ = logit_gradient(classifier, image + spread * noise, number.expand(count))
        total += gradients.double().sum(0)
    return total / settings.samples
