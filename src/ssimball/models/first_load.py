"""Load a network as jobs do, before there are any: ``python -m ssimball.models.first_load``.

The arguments are the side of the images and the settings of the section ``model`` as JSON. Weights
that are named are downloaded here, once; their file is printed. What is wrong is printed to the
standard error, in one line.
"""

import sys

import torch
from torch import Tensor

from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError, ModelError, SsimballError, first_line
from ssimball.models.classifier import Classifier, load_classifier
from ssimball.models.names import Library, library_of
from ssimball.models.trial import try_with_random_weights
from ssimball.models.weights import fetch

#: Relative difference of logits up to which a network gives the same ones.
SAME = 1e-3


def try_classifier(classifier: Classifier, name: str, side: int) -> None:
    """Check that a network has what attacks and explanations need.

    That is a gradient, logits that are the same each time, and feature maps.

    Args:
        classifier: the network with its weights.
        name: its name, for messages.
        side: height and width of the images of the run.

    Raises:
        ModelError: it has not.
    """
    images = torch.rand(1, 3, side, side, generator=torch.Generator().manual_seed(0))
    logits = _logits_with_gradient(classifier, name, images)
    with torch.no_grad():
        difference = (classifier(images) - logits).abs().max()
    if difference > SAME * logits.abs().max():
        raise ModelError(
            f"model.name: {name} gives other logits for the same image each time; draw no random "
            "numbers in it, as a dropout without training=self.training does"
        )
    try:
        classifier.features_of(images)
    except ConfigError as error:
        raise ModelError(
            f"model.name: {str(error).removeprefix('layer: ')} in {name}, and class activation "
            "maps are made of these; use a network with convolutions or tokens"
        ) from None


def _logits_with_gradient(classifier: Classifier, name: str, images: Tensor) -> Tensor:
    x = images.clone().requires_grad_(True)
    try:
        logits: Tensor = classifier(x)
        (gradient,) = torch.autograd.grad(logits.max(), x)
    except Exception as error:  # any, from the network's code
        raise ModelError(
            f"model.name: {name} gives no gradient for its image ({first_line(error)}), which "
            "attacks follow; use neither NumPy, detach nor no_grad in it"
        ) from None
    if not gradient.any():
        raise ModelError(
            f"model.name: {name} gives a gradient of 0 for its image, which attacks follow; train "
            "its last layer, and do not round in it"
        )
    return logits.detach()


def main(side: str, settings: str) -> None:
    """Load the network of the command line; end with status 1 after a message if that fails."""
    model = ModelConfig.model_validate_json(settings)
    try:
        if library_of(model.name) is not Library.TORCHVISION:
            try_with_random_weights(model, int(side))
        try_classifier(load_classifier(model), model.name, int(side))
        if model.shipped_file is None and not model.names_file:
            print(fetch(model))
    except SsimballError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
