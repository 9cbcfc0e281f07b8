"""Class activation maps (Zhou et al. 2016)."""

import torch
from torch import Tensor

from ssimball.config.explanation import CamConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.models.classifier import Classifier


@torch.no_grad()
def explain(
    classifier: Classifier, images: Tensor, classes: Tensor, settings: CamConfig, rngs: Generators
) -> Explanation:
    """sum_k weight[class, k] f_k (equation 2 of the paper), at the resolution of the features.

    The mean of a map plus the bias is the logit: the map is an exact account of it.
    """
    logits, features = classifier.logits_and_features(images)
    head = classifier.linear
    maps = torch.einsum("bk,bkhw->bhw", head.weight[classes].double(), features.double())
    return Explanation(
        maps.float(), logit_of(logits, classes).double(), head.bias[classes].double()
    )
