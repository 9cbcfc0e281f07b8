"""Grad-CAM++ (Chattopadhay et al. 2018)."""

from pytorch_grad_cam import GradCAMPlusPlus
from torch import Tensor

from ssimball.config.explanation import GradCamPlusPlusConfig
from ssimball.explanations.grad_cam_adapter import explained
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: GradCamPlusPlusConfig,
    rngs: Generators,
) -> Explanation:
    """sum_k w_k f_k with w_k = sum_ij alpha_ij ReLU(g_ij), g = d logit / d f_k (equation 7).

    alpha = g^2 / (2 g^2 + g^3 sum f_k), equation 19, for a score that is the exponential of the
    logit. The factor exp(logit), the same in all cells, is left out.
    """
    return explained(GradCAMPlusPlus, classifier, images, classes, settings.layer)
