"""SmoothGrad (Smilkov et al. 2017)."""

import numpy as np
import torch
from torch import Tensor

from ssimball.config.explanation import SmoothGradConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.explanations.methods.gradient import logit_gradient, saliency
from ssimball.models.classifier import Classifier

#: Noisy copies of an image that go through the network together.
_COPIES_PER_BATCH = 10


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: SmoothGradConfig,
    rngs: Generators,
) -> Explanation:
    """Map the mean gradient over noisy copies of the image, (B, H, W) (section 2 of the paper).

    Gradients are averaged with their signs. The map is the largest magnitude of the mean over
    channels, as in :mod:`ssimball.explanations.methods.gradient`. The noise is Gaussian with
    standard deviation ``noise_level`` times the range of the image. Copies are not clipped to
    [0, 1].
    """
    means = [
        _mean_gradient(classifier, image, class_index, settings, rng)
        for image, class_index, rng in zip(images, classes, rngs, strict=True)
    ]
    with torch.no_grad():
        logits = logit_of(classifier(images), classes).double()
    return Explanation(saliency(torch.stack(means)), logits)


def _mean_gradient(
    classifier: Classifier,
    image: Tensor,
    class_index: Tensor,
    settings: SmoothGradConfig,
    rng: np.random.Generator,
) -> Tensor:
    """Average over the copies of one image (3, H, W), batched apart from other images' copies."""
    standard_deviation = settings.noise_level * float(image.max() - image.min())
    total = torch.zeros_like(image, dtype=torch.float64)
    for start in range(0, settings.samples, _COPIES_PER_BATCH):
        count = min(_COPIES_PER_BATCH, settings.samples - start)
        noise = torch.from_numpy(rng.standard_normal((count, *image.shape))).to(image)
        gradients, _ = logit_gradient(
            classifier, image + standard_deviation * noise, class_index.expand(count)
        )
        total += gradients.double().sum(0)
    return total / settings.samples
