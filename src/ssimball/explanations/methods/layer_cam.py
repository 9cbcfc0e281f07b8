"""Layer-CAM (Jiang et al. 2021)."""

from pytorch_grad_cam import LayerCAM
from torch import Tensor

from ssimball.config.explanation import LayerCamConfig
from ssimball.explanations.grad_cam_adapter import library_explanation
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: LayerCamConfig,
    rngs: Generators,
) -> Explanation:
    """Weight each cell by its positive gradient: sum_k ReLU(d logit / d f_k) f_k (eqs. 5-7)."""
    return library_explanation(LayerCAM, classifier, images, classes, settings.layer)
