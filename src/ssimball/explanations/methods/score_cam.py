"""Score-CAM (Wang et al. 2020)."""

import io
from contextlib import redirect_stderr

import torch
from pytorch_grad_cam import ScoreCAM
from torch import Tensor

from ssimball.config.explanation import ScoreCamConfig
from ssimball.explanations.grad_cam_adapter import library_explanation
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: ScoreCamConfig,
    rngs: Generators,
) -> Explanation:
    """Weight feature maps by the logits of masked images: sum_k w_k f_k (algorithm 1 of the paper).

    w is the softmax of these logits over channels. To mask an image, its pixels in [0, 1] are
    multiplied by f_k, resized bilinearly and scaled to [0, 1], so masked pixels are black. The
    baseline's logit is the same for all k and cancels in the softmax.
    """
    # The library prints a progress bar for every image, and keeps all masked copies of a batch in
    # memory, so images go through it one by one.
    with redirect_stderr(io.StringIO()):
        explanations = [
            library_explanation(
                ScoreCAM, classifier, images[i : i + 1], classes[i : i + 1], settings.layer
            )
            for i in range(len(images))
        ]
    return Explanation(
        torch.cat([explanation.maps for explanation in explanations]),
        torch.cat([explanation.logits for explanation in explanations]),
    )
