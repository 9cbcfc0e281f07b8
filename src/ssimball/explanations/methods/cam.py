"""Class activation maps (Zhou et al. 2016)."""

from dataclasses import dataclass

import torch
from torch import Tensor

from ssimball.config.explanation import CamConfig
from ssimball.explanations.interface import Explanation, Generators, logit_of
from ssimball.models.cam_features import Features
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


@dataclass(frozen=True)
class CamPass:
    """A pass through a network from which the maps of any classes can be made.

    Where the network has no exact class activation map, they are those of Grad-CAM (Selvaraju et
    al. 2017) without its final ReLU: the weight of a feature map is the mean gradient of the logit
    over its cells (equations 1 and 2 of that paper).

    Attributes:
        logits: (B, classes).
        source: where the feature maps are.
        tensor: what holds them.
    """

    logits: Tensor
    source: Features
    tensor: Tensor

    @classmethod
    def of(cls, classifier: Classifier, images: Tensor) -> "CamPass":
        """Run images, float (B, 3, H, W) in [0, 1], through a network."""
        source = classifier.features_of(images)
        with torch.set_grad_enabled(source.head is None):
            x = images.detach().clone().requires_grad_(source.head is None)
            logits, tensor = classifier.logits_and_features(x)
            return cls(logits, source, tensor)

    def maps(self, mixture: Tensor) -> Tensor:
        """Return the maps of a mixture of classes for each image, float64 (B, h, w).

        Args:
            mixture: weight of each class, (B, classes); 1 for one class and 0 for others is the map
                of that class.
        """
        layout = self.source.layout
        features = layout.maps(self.tensor.detach())
        if self.source.head is not None:
            weights = mixture.double() @ self.source.head.weight.double()
        else:
            mixed = (self.logits * mixture.to(self.logits)).sum()
            (gradient,) = torch.autograd.grad(mixed, self.tensor, retain_graph=True)
            weights = layout.maps(gradient).double().mean((2, 3))
        return class_activation_maps(features, weights)


def explain(
    classifier: Classifier, images: Tensor, classes: Tensor, settings: CamConfig, rngs: Generators
) -> Explanation:
    """Compute class activation maps at the resolution of the features.

    The mean of a map plus the bias equals the logit, except for a network without an exact map,
    which gets those of :class:`CamPass` and no bias.
    """
    run = CamPass.of(classifier, images)
    one_hot = torch.nn.functional.one_hot(classes, run.logits.shape[1])
    head = run.source.head
    return Explanation(
        run.maps(one_hot).float(),
        logit_of(run.logits.detach(), classes).double(),
        None if head is None else head.bias[classes].double(),
    )
