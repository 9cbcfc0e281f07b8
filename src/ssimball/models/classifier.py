"""A classifier with its weights and normalisation, and the feature maps of its CAM."""

import torch
from torch import Tensor, nn

from ssimball.config.messages import suggestion
from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError
from ssimball.models.building import build
from ssimball.models.cam_features import Features, find_features, last_features, probe_images
from ssimball.models.feature_maps import Layout
from ssimball.models.filling import fill
from ssimball.models.inference import prepare_for_inference
from ssimball.models.randomisation import randomise
from ssimball.models.same_padding import use_same_padding
from ssimball.models.tracing import trace
from ssimball.models.trial import SIDE, check_logits, runs_on
from ssimball.models.weights import load_state


class Classifier(nn.Module):
    """A frozen network in evaluation mode together with its normalisation.

    Attributes:
        network: the network.
        is_randomised: whether it has layers with random weights, so that it knows no labels.
        mean: per channel, subtracted from images, (1, 3, 1, 1).
        std: per channel, divides images after that, (1, 3, 1, 1).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, settings: ModelConfig) -> None:
        """Wrap a network.

        Args:
            network: with its weights loaded, in evaluation mode.
            settings: for mean and standard deviation.
        """
        super().__init__()
        self.network = network.requires_grad_(False)
        self.is_randomised = settings.is_randomised
        self._features: dict[torch.Size, Features] = {}
        shape = (1, 3, 1, 1)
        self.register_buffer("mean", torch.tensor(settings.mean).reshape(shape))
        self.register_buffer("std", torch.tensor(settings.std).reshape(shape))
        self.eval()

    def features_of(self, images: Tensor) -> Features:
        """Return where the feature maps of the CAM are for images of this size, (B, 3, H, W).

        The choice depends on the network and the size alone, not on the images.

        Raises:
            ConfigError: the network has no feature maps of more than one cell.
        """
        size = images.shape[2:]
        if size not in self._features:
            probes = self._normalised(probe_images(size, self.mean.device))
            self._features[size] = find_features(self.network, probes)
        return self._features[size]

    def cam_layer(self, images: Tensor) -> tuple[str, Layout]:
        """Return the name of the layer that gives the CAM's feature maps, and how it holds them.

        Where no layer gives just these, since code between layers makes them, it is the last one
        with feature maps on which the logit depends.
        """
        features = self.features_of(images)
        if features.place.is_input:
            probes = self._normalised(probe_images(images.shape[2:], self.mean.device))
            place, layout = last_features(self.network, probes[:1])
            return place.module, layout
        return features.place.module, features.layout

    def layer(self, name: str) -> nn.Module:
        """Return a module of the network.

        Args:
            name: its dotted name in torch.

        Raises:
            ConfigError: the network has no such module; the message starts with ``layer:``.
        """
        modules: dict[str, nn.Module] = dict(self.network.named_modules())
        del modules[""]  # the whole network
        if name not in modules:
            hint = suggestion(name, modules)
            raise ConfigError(f"layer: the network has no module {name!r}; {hint}")
        return modules[name]

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes) of images, float (B, 3, H, W) in [0, 1]."""
        logits: Tensor = self.network(self._normalised(images))
        return logits

    def logits_and_features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits (B, classes) and the tensor that holds the CAM's feature maps.

        The layout in :meth:`features_of` makes (B, K, h, w) of the tensor.
        """
        place = self.features_of(images).place
        logits, found = trace(self.network, self._normalised(images), lambda n: n == place.module)
        return logits, found[place]

    def _normalised(self, images: Tensor) -> Tensor:
        return (images.to(self.mean.dtype) - self.mean) / self.std


def load_classifier(settings: ModelConfig, device: str = "cpu") -> Classifier:
    """Build a network and load its weights.

    Args:
        settings: which network and which weights.
        device: ``cpu`` or ``cuda``.

    Raises:
        ModelError: the network is unknown, or its code cannot be used; the weights are missing,
            damaged or of another network.
    """
    network = build(settings)
    fill(network, load_state(settings), settings)
    randomise(network, settings.randomised_layers, settings.randomised_seed)
    images = torch.linspace(-1, 1, 3 * SIDE * SIDE).reshape(1, 3, SIDE, SIDE)
    if runs_on(network, images):
        check_logits(network, images, settings)
        prepare_for_inference(network, images)
    if settings.padding == "same":
        use_same_padding(network)
    return Classifier(network, settings).to(device)
