"""Momentum iterative fast gradient sign method, MI-FGSM (Dong et al., CVPR 2018).

    g_{t+1} = mu g_t + grad_x J(x_t, y) / ||grad_x J(x_t, y)||_1
    x_{t+1} = x_t + alpha sign(g_{t+1}),   alpha = eps / T,   g_0 = 0,   x_0 = x

J is the cross-entropy unless the settings say otherwise; with a target, the steps decrease the
target's loss. T steps of eps / T cannot leave the l-infinity ball; the images are clipped to
[0, 1]. A gradient of zero adds nothing to g. The paper has mu = 1, T = 10 and eps = 16/255.
"""

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, loss_gradient
from ssimball.config.attacks.gradient import MiFgsmConfig


def attack(model: nn.Module, batch: Batch, settings: MiFgsmConfig) -> AttackResult:
    """Take signed steps along the accumulated gradient; see :class:`Attack`."""
    x, g = batch.images, torch.zeros_like(batch.images)
    for _ in range(settings.steps):
        gradient = loss_gradient(model, x, batch.labels, settings.loss, batch.targets)
        g = settings.decay * g + _over_l1_norm(gradient)
        x = (x + settings.epsilon / settings.steps * g.sign()).clamp(0, 1)
    return AttackResult(x)


def _over_l1_norm(gradient: Tensor) -> Tensor:
    norm = gradient.abs().sum(dim=(1, 2, 3), keepdim=True)
    return gradient / torch.where(norm > 0, norm, 1.0)
