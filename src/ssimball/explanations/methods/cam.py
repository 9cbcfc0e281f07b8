"""Class activation maps (Zhou et al. 2016)."""

import torch
from torch import Tensor

from ssimball.config.explanation import CamConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.models.classifier import Classifier


def class_activation_maps(features: Tensor, weights: Tensor) -> Tensor:
    """Weight feature maps by the class's weights: sum_k w_k f_k (equation 2 of the paper).

    The mean of a map is the class's logit without the bias.

    Args:
        features: feature maps before global average pooling, (B, K, h, w).
        weights: for each image, its class's row of the last linear layer, (B, K).

    Returns:
        float64 (B, h, w).

    Examples:
        Two channels on a grid of 1 x 2 cells.

        >>> features = torch.tensor([[[[1.0, 0.0]], [[0.0, 2.0]]]])
        >>> head = torch.tensor([[3.0, 1.0]])
        >>> class_activation_maps(features, head).tolist()
        [[[3.0, 2.0]]]
        >>> float(head[0] @ features.mean((2, 3))[0])
        2.5
    """
    return torch.einsum("bk,bkhw->bhw", weights.double(), features.double())


@torch.no_grad()
def explain(
    classifier: Classifier, images: Tensor, classes: Tensor, settings: CamConfig, rngs: Generators
) -> Explanation:
    """Compute class activation maps at the resolution of the features.

    The mean of a map plus the bias equals the logit exactly.
    """
    logits, features = classifier.logits_and_features(images)
    head = classifier.linear
    maps = class_activation_maps(features, head.weight[classes])
    return Explanation(
        maps.float(), logit_of(logits, classes).double(), head.bias[classes].double()
    )
