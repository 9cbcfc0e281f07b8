"""Hot/cold (Rozsa, Rudd, Boult, "Adversarial Diversity and Hard Positive Generation", CVPRW 2016).

With h(x) the logits, y the label (cold) and y~ another class (hot), one backpropagation gives the
direction

    eta_hc = B(omega_hc(x)),   omega_hc(x)_j = |h_j(x)| at j = y~,  -h_j(x) at j = y,  0 otherwise

that is the gradient of <omega_hc, h> with omega_hc held fixed. A line search with growing steps,
then bisection, finds the smallest scale s at which round(x + s eta_hc), clipped, in the 8-bit
values that the paper keeps to, is misclassified. The hot class is the paper's HC-1, the likeliest
class but the label, or that of another rank; with a target it is the target, which then has to be
reached. Scales are the largest change of a pixel before clipping, doubled from 1/255 on.

Differs from the paper where the label's logit is negative: -|h_y| is taken, as its text asks of
the cold class a negative value. One direction need not cross a boundary: often none is found for
a target far away.
"""

from collections.abc import Callable, Iterator

import torch
from torch import Tensor, nn

from ssimball.attacks.interface import AttackResult, Batch, finite_gradient, fooled
from ssimball.config.attacks.minimal import HotColdConfig
from ssimball.errors import AttackError
from ssimball.models.logits import finite_logits

#: For scales (B,), which of the images that they lead to fool the network, bool (B,).
Success = Callable[[Tensor], Tensor]


def attack(model: nn.Module, batch: Batch, settings: HotColdConfig) -> AttackResult:
    """The smallest step in the hot/cold direction that fools. See :class:`Attack`."""
    direction = _direction(model, batch, settings.hot_rank)

    def image(scale: Tensor) -> Tensor:
        moved = (batch.images + scale.reshape(-1, 1, 1, 1) * direction).clamp(0, 1)
        # A scale of 0 is the image itself, be it of 8 bits or not.
        unmoved = (scale == 0).reshape(-1, 1, 1, 1)
        return torch.where(unmoved, batch.images, (255 * moved).round() / 255)

    def success(scale: Tensor) -> Tensor:
        return fooled(finite_logits(model, image(scale)), batch)

    scale = _smallest_scale(success, batch, settings)
    found = scale.isfinite()
    reason = f"no step with changes up to {settings.max_change:.3g} fools"
    return AttackResult(
        image(torch.where(found, scale, 0.0)),
        failures=[None if one else reason for one in found.tolist()],
    )


def _direction(model: nn.Module, batch: Batch, hot_rank: int) -> Tensor:
    """eta_hc, scaled to largest magnitude 1; zero where there is no gradient."""
    x = batch.images.detach().clone().requires_grad_(True)
    logits = model(x)
    cold = batch.labels[:, None]
    hot = _hot(logits.detach(), batch, hot_rank)[:, None]
    size = logits.detach().abs()
    omega = torch.zeros_like(size).scatter(1, hot, size.gather(1, hot))
    omega = omega.scatter(1, cold, -size.gather(1, cold))
    (eta,) = torch.autograd.grad((omega * logits).sum(), x)
    eta = finite_gradient(eta)
    largest = eta.abs().amax(dim=(1, 2, 3), keepdim=True)
    return eta / torch.where(largest > 0, largest, 1.0)


def _hot(logits: Tensor, batch: Batch, rank: int) -> Tensor:
    """The class to move towards, (B,)."""
    if batch.targets is not None:
        return batch.targets
    if rank >= logits.shape[1]:
        raise AttackError(f"hot_rank: {rank}, but there are {logits.shape[1] - 1} other classes")
    others = logits.scatter(1, batch.labels[:, None], float("-inf"))
    return others.topk(rank, dim=1).indices[:, -1]


def _smallest_scale(success: Success, batch: Batch, settings: HotColdConfig) -> Tensor:
    """The smallest scale tried that fools, (B,): 0 where the image does already, inf where none."""
    low = batch.images.new_zeros(len(batch.images))
    high = torch.where(success(low), 0.0, torch.full_like(low, torch.inf))
    for number in _growing(settings.max_change):
        searching = high.isinf()
        if not bool(searching.any()):
            break
        scale = torch.full_like(low, number)
        hit = success(scale)
        high = torch.where(searching & hit, scale, high)
        low = torch.where(searching & ~hit, scale, low)
    found = high.isfinite()
    for _ in range(settings.search_steps):
        middle = torch.where(found, (low + high) / 2, 0.0)
        hit = success(middle)
        high = torch.where(found & hit, middle, high)
        low = torch.where(found & ~hit, middle, low)
    return high


def _growing(largest: float) -> Iterator[float]:
    scale = 1 / 255
    while scale < largest:
        yield scale
        scale *= 2
    yield largest
