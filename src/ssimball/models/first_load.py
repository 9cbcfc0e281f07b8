"""Load a network as jobs do, before there are any: ``python -m ssimball.models.first_load``.

The arguments are the side of the images and the settings of the section ``model`` as JSON. Weights
that are named are downloaded here, once; their file is printed. What is wrong is printed to the
standard error, in one line.
"""

import sys

from ssimball.config.model import ModelConfig
from ssimball.errors import SsimballError
from ssimball.models.classifier import load_classifier
from ssimball.models.names import Library, library_of
from ssimball.models.trial import try_with_random_weights
from ssimball.models.weights import fetch


def main(side: str, settings: str) -> None:
    """Load the network of the command line; end with status 1 after a message if that fails."""
    model = ModelConfig.model_validate_json(settings)
    try:
        if library_of(model.name) is not Library.TORCHVISION:
            try_with_random_weights(model, int(side))
        load_classifier(model)
        if model.shipped_file is None and not model.names_file:
            print(fetch(model))
    except SsimballError as error:
        sys.exit(str(error))


if __name__ == "__main__":
    main(*sys.argv[1:])
