"""Grad-CAM (Selvaraju et al. 2017)."""

from pytorch_grad_cam import GradCAM
from torch import Tensor

from ssimball.config.explanation import GradCamConfig
from ssimball.explanations.grad_cam_adapter import library_explanation
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: GradCamConfig,
    rngs: Generators,
) -> Explanation:
    """Weight feature maps by their mean gradient: sum_k a_k f_k (equations 1 and 2 of the paper).

    a_k is the mean of d logit / d f_k over positions. At the last layer of a network that ends in
    pooling and a linear layer, the map is the class activation map divided by its number of cells.
    """
    return library_explanation(GradCAM, classifier, images, classes, settings.layer)
