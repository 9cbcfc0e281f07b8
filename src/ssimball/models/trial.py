"""Try a network on one image: whether it runs, and gives the logits that a run needs."""

import torch
from torch import Tensor, nn

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError, first_line
from ssimball.models.building import build

#: Side in pixels of the image on which a network is tried when it is loaded.
SIDE = 224


@torch.no_grad()
def runs_on(network: nn.Module, images: Tensor) -> bool:
    """Return whether a network takes images of this size; some are for one size only."""
    try:
        network(images)
    except Exception:  # networks raise many kinds for a size that is not theirs
        return False
    return True


@torch.no_grad()
def check_logits(network: nn.Module, images: Tensor, settings: ModelConfig) -> None:
    """Check that a network gives one finite logit for each class.

    Raises:
        ModelError: it does not.
    """
    logits = network(images)
    expected = (len(images), settings.num_classes)
    found = tuple(logits.shape) if isinstance(logits, Tensor) else type(logits).__name__
    if found != expected:
        raise ModelError(
            f"model.name: {settings.name} returns {_shown(found)} for one image, not a logit for "
            f"each of model.num_classes {settings.num_classes}; correct one of the two"
        )
    if not logits.isfinite().all():
        raise ModelError(
            f"model.weights: with {settings.weights} the logits of {settings.name} are NaN or "
            "infinite; get other weights"
        )


def try_with_random_weights(settings: ModelConfig, side: int) -> None:
    """Build a network with random weights and run it on one image.

    Args:
        settings: which network.
        side: height and width of the images of the run.

    Raises:
        ModelError: its code fails, or gives other than a finite logit for each class.
    """
    network = build(settings)
    images = torch.linspace(-1, 1, 3 * side * side).reshape(1, 3, side, side)
    try:
        with torch.no_grad():
            network(images)
    except Exception as error:  # any, from the network's code
        raise ModelError(
            f"model.name: {settings.name} fails on an image of {side} x {side} "
            f"({first_line(error)}); set preprocessing.crop to a size that it takes, or correct it"
        ) from None
    check_logits(network, images, settings)


def _shown(found: tuple[int, ...] | str) -> str:
    if isinstance(found, str):
        return f"a {found}"
    return f"an array of shape {found}"
