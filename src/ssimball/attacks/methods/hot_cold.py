"""Hot/cold (Rozsa, Rudd, Boult, "Adversarial Diversity and Hard Positive Generation", CVPRW 2016).

With the logits h(x), the label y (the cold class) and another class y~ (the hot class), one
backpropagation gives the direction

    eta_hc = B(omega_hc(x)),   omega_hc(x)_j = |h_j(x)| at j = y~,  -h_j(x) at j = y,  0 otherwise

which is the gradient of <omega_hc, h> with omega_hc held fixed. A line search with growing steps,
followed by bisection, finds the smallest scale s at which round(x + s eta_hc), clipped, is
misclassified; as in the paper, images are rounded to 8 bits. The scale is the largest change of a
value before clipping; it starts at 1/255 and doubles.

The hot class is the paper's HC-1, the most likely class besides the label, or the class of another
rank. With a target, the hot class is the target, which then has to be reached.

The implementation differs from the paper where the label's logit is negative: it uses -|h_y|, since
the paper's text asks for a negative value at the cold class. A single direction need not cross a
class boundary, so that the attack often fails for a distant target.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, fooled, image_gradient
from ssimball.config.attacks.minimal import HotColdConfig
from ssimball.errors import AttackError
from ssimball.models.logits import finite_logits

#: Maps scales (B,) to whether the resulting images fool the network, bool (B,).
Success = Callable[[Tensor], Tensor]


def attack(model: nn.Module, batch: Batch, settings: HotColdConfig) -> AttackResult:
    """Take the smallest step in the hot/cold direction that fools; see :class:`Attack`."""
    direction = _direction(model, batch, settings.hot_rank)

    def image(scale: Tensor) -> Tensor:
        moved = (batch.images + scale.reshape(-1, 1, 1, 1) * direction).clamp(0, 1)
        # A scale of 0 gives the image itself, even if its values are not multiples of 1/255.
        unmoved = (scale == 0).reshape(-1, 1, 1, 1)
        return torch.where(unmoved, batch.images, (255 * moved).round() / 255)

    def success(scale: Tensor) -> Tensor:
        return fooled(finite_logits(model, image(scale)), batch)

    scale = _smallest_scale(success, batch, settings)
    fools = scale.isfinite()
    failure = f"no step with changes up to {settings.max_change:.3g} fools"
    return AttackResult(
        image(torch.where(fools, scale, 0.0)),
        failures=[None if each else failure for each in fools.tolist()],
    )


def _direction(model: nn.Module, batch: Batch, hot_rank: int) -> Tensor:
    """Return eta_hc, scaled to largest magnitude 1; 0 for an image whose gradient is 0."""
    x = batch.images.detach().clone().requires_grad_(True)
    logits = model(x)
    cold = batch.labels[:, None]
    hot = _hot_classes(logits.detach(), batch, hot_rank)[:, None]
    magnitude = logits.detach().abs()
    omega = torch.zeros_like(magnitude).scatter(1, hot, magnitude.gather(1, hot))
    omega = omega.scatter(1, cold, -magnitude.gather(1, cold))
    eta = image_gradient(omega * logits, x)
    largest = eta.abs().amax(dim=(1, 2, 3), keepdim=True)
    return eta / torch.where(largest > 0, largest, 1.0)


def _hot_classes(logits: Tensor, batch: Batch, rank: int) -> Tensor:
    """Return the class to move towards for each image, (B,)."""
    if batch.targets is not None:
        return batch.targets
    if rank >= logits.shape[1]:
        raise AttackError(f"hot_rank: {rank}, but there are {logits.shape[1] - 1} other classes")
    others = logits.scatter(1, batch.labels[:, None], float("-inf"))
    return others.topk(rank, dim=1).indices[:, -1]


def _smallest_scale(success: Success, batch: Batch, settings: HotColdConfig) -> Tensor:
    """Return the smallest scale tried that fools, (B,).

    It is 0 if the image itself fools, and infinite if no scale does.
    """
    low = batch.images.new_zeros(len(batch.images))
    high = torch.where(success(low), 0.0, torch.full_like(low, torch.inf))
    for value in _growing_scales(settings.max_change):
        searching = high.isinf()
        if not bool(searching.any()):
            break
        scale = torch.full_like(low, value)
        fools = success(scale)
        high = torch.where(searching & fools, scale, high)
        low = torch.where(searching & ~fools, scale, low)
    bracketed = high.isfinite()
    for _ in range(settings.search_steps):
        middle = torch.where(bracketed, (low + high) / 2, 0.0)
        fools = success(middle)
        high = torch.where(bracketed & fools, middle, high)
        low = torch.where(bracketed & ~fools, middle, low)
    return high


def _growing_scales(largest: float) -> Iterator[float]:
    scale = 1 / 255
    while scale < largest:
        yield scale
        scale *= 2
    yield largest
