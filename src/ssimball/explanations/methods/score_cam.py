"""Score-CAM (Wang et al. 2020)."""

import io
from contextlib import redirect_stderr

import torch
from pytorch_grad_cam import ScoreCAM
from torch import Tensor

from ssimball.config.explanation import ScoreCamConfig
from ssimball.explanations.grad_cam_adapter import explained
from ssimball.explanations.interface import Explanation, Generators
from ssimball.models.classifier import Classifier


def explain(
    classifier: Classifier,
    images: Tensor,
    classes: Tensor,
    settings: ScoreCamConfig,
    rngs: Generators,
) -> Explanation:
    """sum_k w_k f_k, w the softmax over channels of the logits of masked images (algorithm 1).

    An image is masked by multiplying its pixels in [0, 1] with f_k, resized bilinearly and scaled
    to [0, 1]: what is masked is black. The baseline's logit is the same for all k, so it falls out
    of the softmax.
    """
    # The library draws a progress bar for every image, and holds all masked copies of a batch.
    with redirect_stderr(io.StringIO()):
        found = [
            explained(ScoreCAM, classifier, images[i : i + 1], classes[i : i + 1], settings.layer)
            for i in range(len(images))
        ]
    return Explanation(
        torch.cat([one.maps for one in found]), torch.cat([one.logits for one in found])
    )
