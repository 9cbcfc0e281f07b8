"""Grad-CAM (Selvaraju et al. 2017)."""

from pytorch_grad_cam import GradCAM
from torch import Tensor

from ssimball.config.explanation import GradCamConfig
from ssimball.explanations.grad_cam_adapter import explained
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: GradCamConfig,
    rngs: Generators,
) -> Explanation:
    """sum_k a_k f_k, a_k the mean of d logit / d f_k over positions (equations 1 and 2).

    At the last layer of a network that ends in pooling and a linear layer this is the class
    activation map divided by its number of cells.
    """
    return explained(GradCAM, classifier, images, classes, settings.layer)
