"""Class activation maps (Zhou et al. 2016)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.models import Classifier


@dataclass(frozen=True)
class ClassActivation:
    """For a batch: ``maps`` float32 (B, h, w), raw; ``logits`` and ``biases`` float64 (B,).

    The mean of a map plus the bias is the logit: the map is an exact account of it.
    """

    maps: Tensor
    logits: Tensor
    biases: Tensor


@torch.no_grad()
def class_activation(classifier: Classifier, images: Tensor, labels: Tensor) -> ClassActivation:
    """sum_k weight[label, k] f_k (equation 2 of the paper), at the resolution of the features.

    Args:
        images: float (B, 3, H, W) in [0, 1].
        labels: the class to explain, int64 (B,).
    """
    logits, features = classifier.logits_and_features(images)
    head = classifier.linear
    maps = torch.einsum("bk,bkhw->bhw", head.weight[labels].double(), features.double())
    return ClassActivation(
        maps.float(),
        logits.gather(1, labels[:, None])[:, 0].double(),
        head.bias[labels].double(),
    )
