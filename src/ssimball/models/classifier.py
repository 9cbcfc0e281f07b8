"""Build torchvision classifiers that end in global average pooling and one linear layer."""

import difflib
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from ssimball.config.messages import suggestion
from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError, ModelError
from ssimball.models.checkpoints import without_prefixes
from ssimball.models.inference import prepare_for_inference
from ssimball.models.randomisation import randomise
from ssimball.models.same_padding import use_same_padding
from ssimball.models.torchvision import torchvision
from ssimball.models.weights import load_state


@dataclass(frozen=True)
class _Head:
    """Names of the module whose output is pooled, and of the linear layer that follows."""

    features: str
    linear: str


#: Heads by the prefix of torchvision's model name.
_HEADS = {
    "mobilenet_v2": _Head("features", "classifier.1"),
    "resnet": _Head("layer4", "fc"),
    "resnext": _Head("layer4", "fc"),
    "wide_resnet": _Head("layer4", "fc"),
    "efficientnet": _Head("features", "classifier.1"),
    "mnasnet": _Head("layers", "classifier.1"),
    "regnet": _Head("trunk_output", "fc"),
    "shufflenet_v2": _Head("conv5", "fc"),
}
_WITH_WIDTH = ("mobilenet_v2",)


class Classifier(nn.Module):
    """A frozen network in evaluation mode together with its normalisation.

    Attributes:
        network: torchvision's network.
        is_randomised: whether it has layers with random weights, so that it knows no labels.
        mean: per channel, subtracted from images, (1, 3, 1, 1).
        std: per channel, divides images after that, (1, 3, 1, 1).
    """

    mean: Tensor
    std: Tensor

    def __init__(self, network: nn.Module, head: str, settings: ModelConfig) -> None:
        """Wrap a network.

        Args:
            network: with its weights loaded.
            head: the prefix of its name, a key of the table of heads.
            settings: for mean and standard deviation.
        """
        super().__init__()
        self.network = network.requires_grad_(False)
        self.is_randomised = settings.is_randomised
        self._head = _HEADS[head]
        shape = (1, 3, 1, 1)
        self.register_buffer("mean", torch.tensor(settings.mean).reshape(shape))
        self.register_buffer("std", torch.tensor(settings.std).reshape(shape))
        self.eval()

    @property
    def linear(self) -> nn.Linear:
        """The last linear layer, with ``weight`` (classes, K) and ``bias`` (classes,)."""
        layer = self.network.get_submodule(self._head.linear)
        assert isinstance(layer, nn.Linear)
        return layer

    def layer(self, name: str | None) -> nn.Module:
        """Return a module of the network.

        Args:
            name: its dotted name in torch; None for the module whose output is pooled.

        Raises:
            ConfigError: the network has no such module; the message starts with ``layer:``.
        """
        modules: dict[str, nn.Module] = dict(self.network.named_modules())
        del modules[""]  # the whole network
        wanted = self._head.features if name is None else name
        if wanted not in modules:
            hint = suggestion(wanted, modules)
            raise ConfigError(f"layer: the network has no module {wanted!r}; {hint}")
        return modules[wanted]

    def forward(self, images: Tensor) -> Tensor:
        """Return the logits (B, classes) of images, float (B, 3, H, W) in [0, 1]."""
        logits: Tensor = self.network((images.to(self.mean.dtype) - self.mean) / self.std)
        return logits

    def logits_and_features(self, images: Tensor) -> tuple[Tensor, Tensor]:
        """Return the logits (B, classes) and the feature maps (B, K, h, w) pooled into them."""
        outputs: list[Tensor] = []
        pooled = self.layer(None)
        handle = pooled.register_forward_hook(
            lambda _module, _inputs, output: outputs.append(output)
        )
        try:
            logits = self(images)
        finally:
            handle.remove()
        return logits, outputs[0]


def load_classifier(settings: ModelConfig, device: str = "cpu") -> Classifier:
    """Build a network, load its weights, and check that its head has an exact CAM.

    Args:
        settings: which network and which weights.
        device: ``cpu`` or ``cuda``.

    Raises:
        ModelError: the network is unknown or has no such head; the weights are missing, damaged or
            of another network.
    """
    head = _family(settings.name)
    network = _build(settings)
    _fill(network, load_state(settings), settings)
    randomise(network, settings.randomised_layers, settings.randomised_seed)
    prepare_for_inference(network.eval())
    if settings.padding == "same":
        use_same_padding(network)
    classifier = Classifier(network, head, settings).to(device)
    _verify_head(classifier, settings)
    return classifier


def _family(name: str) -> str:
    matches = [prefix for prefix in _HEADS if name.startswith(prefix)]
    known_names = torchvision.models.list_models(torchvision.models)
    if not matches or name not in known_names:
        fitting = [known for known in known_names if known.startswith(tuple(_HEADS))]
        near = [] if name in known_names else difflib.get_close_matches(name, fitting, 1)
        raise ModelError(
            f"model.name: {name!r} is not a torchvision classifier with global average pooling "
            f"and one linear layer; {f'did you mean {near[0]!r}? ' if near else ''}"
            f"such families are {', '.join(_HEADS)}"
        )
    return matches[0]


def _build(settings: ModelConfig) -> nn.Module:
    options: dict[str, float] = {}
    if settings.name in _WITH_WIDTH:
        options["width_mult"] = settings.width_mult
    elif settings.width_mult != 1.0:
        raise ModelError(
            f"model.width_mult: {settings.name} has no width multiplier; set it to 1.0 "
            f"(networks that have one: {', '.join(_WITH_WIDTH)})"
        )
    network: nn.Module = torchvision.models.get_model(
        settings.name, weights=None, num_classes=settings.num_classes, **options
    )
    return network


def _fill(network: nn.Module, state: dict[str, Tensor], settings: ModelConfig) -> None:
    expected = network.state_dict()
    state = without_prefixes(state, expected)
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


@torch.no_grad()
def _verify_head(classifier: Classifier, settings: ModelConfig) -> None:
    """Check that pooled features times weights plus bias are the logits, as an exact CAM needs."""
    side = 224
    images = torch.linspace(0, 1, 3 * side * side, device=classifier.mean.device)
    logits, features = classifier.logits_and_features(images.reshape(1, 3, side, side))
    if not logits.isfinite().all():
        raise ModelError(
            f"model.weights: with {settings.weights} the logits of {settings.name} are NaN or "
            "infinite; get other weights"
        )
    rebuilt = classifier.linear(features.mean(dim=(2, 3)))
    if not torch.allclose(logits, rebuilt, rtol=1e-3, atol=1e-3 * float(logits.abs().max())):
        raise ModelError(
            f"model.name: the logits of {settings.name} are not its pooled features times the "
            "weights of its last layer, so it has no class activation map"
        )
