"""Unknown networks, weights of another network, and layers that it does not have."""

from functools import partial

import numpy as np
import torch

from ssimball.config.explanation import GradCamConfig
from ssimball.errors import ConfigError, ModelError
from ssimball.explanations.driver import Question, load_task
from ssimball.explanations.driver import explain as explain_image
from ssimball.storage.images import encode_png

from .cases import Case
from .weights import demo, load, load_content, saved


def changed(key, value):
    """Return the demo's weights with one tensor changed or removed."""
    state = dict(demo())
    if value is None:
        del state[key]
    else:
        state[key] = value(state.get(key))
    return saved(state)


def explain(layer, _):
    task = load_task("early", GradCamConfig(layer=layer), load("demo"))
    png = encode_png(np.zeros((64, 64, 3), np.uint8))
    explain_image(task, Question("a", 3, "clean", "label", 3, png))


THREE = "set these three to what the weights are for"
#: Name of the mistake, settings, message about the demo's weights.
OTHERS = [
    (
        "other number of classes",
        {"num_classes": 7},
        "mobilenet_v2 with num_classes 7 and width_mult 0.25: the weights have another shape for "
        "classifier.1.weight and 1 more (10 x 1280 in place of 7 x 1280)",
    ),
    (
        "other width",
        {"width_mult": 0.5},
        "mobilenet_v2 with num_classes 10 and width_mult 0.5: the weights have another shape for "
        "features.0.0.weight and 241 more (8 x 3 x 3 x 3 in place of 16 x 3 x 3 x 3)",
    ),
    (
        "other network",
        {"name": "resnet18", "width_mult": 1.0},
        "resnet18 with num_classes 10 and width_mult 1.0: the weights lack conv1.weight and 101 "
        "more",
    ),
]
OWN = "HERE/w.pth is not for mobilenet_v2 with num_classes 10 and width_mult 0.25: the weights"
NOT_FINITE = "of HERE/w.pth holds values that are NaN or infinite; get other weights"
#: Name of the mistake, the tensor, how it is changed, the message.
TENSORS = [
    ("missing tensor", "classifier.1.bias", None, f"{OWN} lack classifier.1.bias; {THREE}"),
    (
        "additional tensor",
        "extra.weight",
        lambda _: torch.ones(2),
        f"{OWN} hold what the network does not know: extra.weight; {THREE}",
    ),
    (
        "NaN",
        "features.0.0.weight",
        lambda tensor: torch.full_like(tensor, torch.nan),
        f"features.0.0.weight {NOT_FINITE}",
    ),
    (
        "infinity",
        "classifier.1.bias",
        lambda tensor: torch.full_like(tensor, torch.inf),
        f"classifier.1.bias {NOT_FINITE}",
    ),
    (
        "negative variance",
        "features.0.1.running_var",
        lambda tensor: -torch.ones_like(tensor),
        "with HERE/w.pth the logits of mobilenet_v2 are NaN or infinite; get other weights",
    ),
    (
        "sparse",
        "classifier.1.weight",
        torch.Tensor.to_sparse,
        "classifier.1.weight of HERE/w.pth is quantised, sparse or without values; save plain "
        "weights",
    ),
]
#: Name of the weights, the hint in the message.
NAMES = [
    ("IMAGENET1K_V3", "did you mean IMAGENET1K_V1?"),
    ("imagenet", "resnet18 has IMAGENET1K_V1, DEFAULT"),
    ("resnet18.h5", "resnet18 has IMAGENET1K_V1, DEFAULT"),
]
#: Name of the network, the hint in the message.
NETWORKS = [
    ("resnet19", "did you mean 'resnet18'? "),
    ("mobilenetv2", "did you mean 'mobilenet_v2'? "),
    *((name, "") for name in ("vgg16", "alexnet", "squeezenet1_0", "vit_b_16")),
]
#: Name of the layer, the message.
LAYERS = [
    ("featurs.14", "the network has no module 'featurs.14'; did you mean 'features.14'?"),
    ("layer4", "the network has no module 'layer4'; known: features, features.0, …"),
    (
        "classifier.1",
        "module 'classifier.1' gives an array of shape (1, 10), no feature maps (B, K, h, w); name "
        "one before the pooling",
    ),
]
CASES = [
    *(
        Case(
            name,
            lambda _, changes=changes: load("demo", **changes),
            f"model.weights: demo is not for {message}; {THREE}",
            ModelError,
        )
        for name, changes, message in OTHERS
    ),
    *(
        Case(
            name,
            partial(load_content, "w.pth", partial(changed, key, value)),
            f"model.weights: {message}",
            ModelError,
        )
        for name, key, value, message in TENSORS
    ),
    *(
        Case(
            f"weights {name}",
            lambda _, name=name: load(name, name="resnet18", width_mult=1.0),
            f"model.weights: {name!r} is neither 'demo', nor a file ending in .safetensors, .pth, "
            f".pt, .pth.tar, .bin, .ckpt, nor weights of torchvision; {hint}",
            ModelError,
        )
        for name, hint in NAMES
    ),
    *(
        Case(
            f"network {name}",
            lambda _, name=name: load("demo", name=name),
            f"model.name: {name!r} is not a torchvision classifier with global average pooling and "
            f"one linear layer; {hint}such families are mobilenet_v2, resnet, resnext, "
            "wide_resnet, efficientnet, mnasnet, regnet, shufflenet_v2",
            ModelError,
        )
        for name, hint in NETWORKS
    ),
    Case(
        "width of a network that has none",
        lambda _: load("demo", name="resnet18"),
        "model.width_mult: resnet18 has no width multiplier; set it to 1.0 (networks that have "
        "one: mobilenet_v2)",
        ModelError,
    ),
    *(
        Case(
            f"layer {layer}",
            partial(explain, layer),
            f"explanation_settings.early.layer: {message}",
            ConfigError,
        )
        for layer, message in LAYERS
    ),
]
