"""The attack as adversarial-library (``adv_lib``) and AttackBench call theirs: one function."""

from typing import Any, Literal

from torch import Tensor, nn

from ssimball.api.attack import SSIMBall


def ssim_ball(
    model: nn.Module,
    inputs: Tensor,
    labels: Tensor,
    targets: Tensor | None = None,
    targeted: bool = False,
    *,
    ball: Literal["Q", "S", "L"] = "Q",
    **options: Any,
) -> Tensor:
    """Return adversarial images as a function of ``adv_lib.attacks`` does.

    ``functools.partial(ssim_ball, epsilon=0.01)`` is an attack for
    ``adv_lib.utils.attack_utils.run_attack``, and so for AttackBench's ``run_attack``.

    Examples:
        >>> import torch
        >>> model = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(768, 10))
        >>> images = torch.rand(2, 3, 16, 16)
        >>> ssim_ball(model, images, torch.tensor([1, 2]), targeted=True, epsilon=0.05).shape
        torch.Size([2, 3, 16, 16])

    Args:
        model: maps images (B, C, H, W) in [0, 1] to logits (B, classes).
        inputs: images (B, C, H, W) in [0, 1].
        labels: int64 (B,): their classes or, if ``targeted`` without ``targets``, the classes to
            reach, as in adversarial-library.
        targets: the classes to reach if ``targeted``, as in AttackBench.
        targeted: whether to move to these classes rather than away from the labels.
        ball: the option ``model`` of :class:`ssimball.SSIMBall`, since that name is the network's.
        options: its other options.

    Raises:
        InputError: an argument cannot be used, or no image has a gradient.
    """
    attack = SSIMBall(model=ball, **options)
    if targeted:
        return attack(model, inputs, targets=labels if targets is None else targets)
    return attack(model, inputs, labels)
