"""Grad-CAM++ (Chattopadhay et al. 2018)."""

from pytorch_grad_cam import GradCAMPlusPlus
from torch import Tensor

from ssimball.config.explanation import GradCamPlusPlusConfig
from ssimball.explanations.grad_cam_adapter import library_explanation
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: GradCamPlusPlusConfig,
    rngs: Generators,
) -> Explanation:
    """Weight feature maps by their positive gradients: sum_k w_k f_k (equation 7 of the paper).

    w_k = sum_ij alpha_ij ReLU(g_ij) with g = d logit / d f_k and, by equation 19,
    alpha = g^2 / (2 g^2 + g^3 sum f_k). The score is the exponential of the logit; its factor
    exp(logit) is the same in all cells and is omitted.
    """
    return library_explanation(GradCAMPlusPlus, classifier, images, classes, settings.layer)
