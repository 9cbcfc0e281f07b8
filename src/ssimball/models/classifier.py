"""A classifier with its weights and normalisation, and the feature maps of its CAM."""

import torch
from torch import Tensor, nn

from ssimball.config.messages import suggestion
from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError, ModelError
from ssimball.models.building import AUXILIARY_WEIGHTS, WITH_AUXILIARY, build
from ssimball.models.cam_features import Features, find_features, last_features, probe_images
from ssimball.models.checkpoints import without_prefixes
from ssimball.models.feature_maps import Layout
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
    _fill(network, load_state(settings), settings)
    randomise(network, settings.randomised_layers, settings.randomised_seed)
    images = torch.linspace(-1, 1, 3 * SIDE * SIDE).reshape(1, 3, SIDE, SIDE)
    if runs_on(network, images):
        check_logits(network, images, settings)
        prepare_for_inference(network, images)
    if settings.padding == "same":
        use_same_padding(network)
    return Classifier(network, settings).to(device)


def _fill(network: nn.Module, state: dict[str, Tensor], settings: ModelConfig) -> None:
    expected = network.state_dict()
    state = without_prefixes(state, expected)
    if settings.weights_by == "order":
        state = _renamed(state, expected, settings)
    if settings.name in WITH_AUXILIARY:
        state = {k: v for k, v in state.items() if not k.startswith(AUXILIARY_WEIGHTS)}
    missing = [k for k in expected if k not in state and not k.endswith("num_batches_tracked")]
    unknown = [k for k in state if k not in expected]
    shapes = [k for k in expected if k in state and state[k].shape != expected[k].shape]
    for keys, what in (
        (missing, "lack"),
        (unknown, "hold what the network does not know:"),
        (shapes, "have another shape for"),
    ):
        if keys:
            more = f" and {len(keys) - 1} more" if keys[1:] else ""
            if keys is shapes:
                more += f" ({_shape(state[keys[0]])} in place of {_shape(expected[keys[0]])})"
            raise ModelError(
                f"model.weights: {settings.weights} is not for {settings.name} with "
                f"num_classes {settings.num_classes} and width_mult {settings.width_mult}: the "
                f"weights {what} {keys[0]}{more}; set these three to what the weights are for"
            )
    # load_state_dict of MNASNet wants a format version, which plain mappings do not carry.
    for key, value in state.items():
        _copy(value, expected[key], f"model.weights: {key} of {settings.weights}")


def _renamed(
    state: dict[str, Tensor], expected: dict[str, Tensor], settings: ModelConfig
) -> dict[str, Tensor]:
    """Give the tensors of a file the network's names, one after the other."""
    kept = {k: v for k, v in state.items() if not k.endswith("num_batches_tracked")}
    names = [name for name in expected if not name.endswith("num_batches_tracked")]
    pairs = list(zip(names, kept, strict=False))
    wrong = [(name, k) for name, k in pairs if expected[name].shape != kept[k].shape]
    if wrong or len(kept) != len(names):
        why = f"{len(kept)} tensors, not {len(names)}"
        if wrong:
            (name, key), *_ = wrong
            shapes = f"{_shape(kept[key])} in place of {_shape(expected[name])}"
            why = f"{key} is {shapes}, as {name} is"
        raise ModelError(
            f"model.weights_by: {settings.weights} does not have the tensors of {settings.name} in "
            f"its order ({why}); set it to name, or name the network that the weights are for"
        )
    return {name: kept[key] for name, key in pairs}


def _shape(tensor: Tensor) -> str:
    return " x ".join(map(str, tensor.shape))


@torch.no_grad()
def _copy(source: Tensor, target: Tensor, what: str) -> None:
    try:
        target.copy_(source)
    except RuntimeError:
        raise ModelError(
            f"{what} is quantised, sparse or without values; save plain weights"
        ) from None
    if not target.isfinite().all():
        raise ModelError(f"{what} holds values that are NaN or infinite; get other weights")
