"""Unknown networks, weights of another network, and layers that it does not have."""

from functools import partial

import numpy as np
import torch

from ssimball.config.explanation import GradCamConfig
from ssimball.config.model import ModelConfig
from ssimball.errors import ConfigError, ModelError
from ssimball.explanations.driver import Question, load_task
from ssimball.explanations.driver import explain as explain_image
from ssimball.models.names import check_name
from ssimball.models.trial import try_with_random_weights
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


def head_beside():
    """Return the demo's weights with the last layer outside the prefix of the others."""
    return saved(
        {
            f"head.{k[11:]}" if k.startswith("classifier.") else f"backbone.{k}": v
            for k, v in demo().items()
        }
    )


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
        "classifier.1.weight and 1 more (10 x 1280 in place of 7 x 1280); set num_classes to 10",
    ),
    (
        "other width",
        {"width_mult": 0.5},
        "mobilenet_v2 with num_classes 10 and width_mult 0.5: the weights have another shape for "
        f"features.0.0.weight and 241 more (8 x 3 x 3 x 3 in place of 16 x 3 x 3 x 3); {THREE}",
    ),
    (
        "other network",
        {"name": "resnet18", "width_mult": 1.0},
        "resnet18 with num_classes 10 and width_mult 1.0: the weights have other names, such as "
        "classifier.1.bias in place of conv1.weight; name the network that they are for, or set "
        "weights_by: order if it has the same layers",
    ),
]
OWN = "HERE/w.pth is not for mobilenet_v2 with num_classes 10 and width_mult 0.25: the weights"
NOT_FINITE = "of HERE/w.pth holds values that are NaN or infinite; get other weights"
#: Name of the mistake, the tensor, how it is changed, the message.
TENSORS = [
    ("missing tensor", "features.0.1.bias", None, f"{OWN} lack features.0.1.bias; {THREE}"),
    (
        "missing tensor of the last layer",
        "classifier.1.bias",
        None,
        f"{OWN} lack classifier.1.bias, the last layer; get weights of a whole classifier",
    ),
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
TIMM_WEIGHTS = (
    "model.weights: 'IMAGENET1K_V1' is no file ending in .safetensors, .pth, .pt, .pth.tar, .bin, "
    ".ckpt, which timm/resnet18 needs; only torchvision's networks have weights by name"
)
FORMS = "(names of timm are timm/NAME, of your own networks package.module:function)"
#: Name of the network, the message.
NETWORKS = [
    ("resnet19", f"is no classifier of torchvision; did you mean 'resnet18'? {FORMS}"),
    ("mobilenetv2", f"is no classifier of torchvision; did you mean 'mobilenet_v2'? {FORMS}"),
    ("resnet26d", f"is no classifier of torchvision; did you mean 'timm/resnet26d'? {FORMS}"),
    ("mine", f"is no classifier of torchvision; correct the name {FORMS}"),
    ("timm/resnet19", f"is no classifier of timm; did you mean 'timm/resnet18'? {FORMS}"),
    ("my.net:", "is not of the form package.module:function"),
]
#: What a module of one's own holds, the function named, the message.
OWN_NETWORKS = [
    ("def net(): pass", "nett", "HERE/own.py has no function 'nett'; did you mean 'net'?"),
    ("def net(:", "net", "HERE/own.py is no valid Python (invalid syntax, line 1); correct it"),
    (
        "import nothing_like_it\ndef net(): pass",
        "net",
        "HERE/own.py cannot be imported (ModuleNotFoundError: No module named 'nothing_like_it'); "
        "correct it",
    ),
    ("def net(): return 1 / 0", "net", "own:net fails (ZeroDivisionError: …); correct it"),
    ("def net(): return 3", "net", "own:net returns int, not a torch.nn.Module; correct it"),
    (
        "import torch\ndef net(): return torch.jit.script(torch.nn.Flatten())",
        "net",
        "own:net returns a network of TorchScript or torch.export, whose layers cannot be read; "
        "return the one of which it was made",
    ),
    (
        "import argparse\nargparse.ArgumentParser().exit(2)\ndef net(): pass",
        "net",
        "HERE/own.py cannot be imported (SystemExit: 2); correct it",
    ),
    (
        "from torch import nn\ndef net(num_classes): return nn.Flatten()",
        "net",
        "own:net returns an array of shape (1, 3072) for one image, not a logit for each of "
        "model.num_classes 10; correct one of the two",
    ),
    (
        "from torch import nn\ndef net(num_classes): return nn.Conv2d(4, num_classes, 1)",
        "net",
        "own:net fails on an image of 32 x 32 (RuntimeError: …); set preprocessing.crop to a size "
        "that it takes, or correct it",
    ),
]


def own(text, function, folder):
    """Try a network of a module that is written in the current folder."""
    (folder / "own.py").write_text(text, encoding="utf-8")
    settings = ModelConfig(name=f"own:{function}", width_mult=1.0)
    try_with_random_weights(settings, 32)


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
    Case(
        "last layer under another name",
        partial(load_content, "w.pth", head_beside),
        f"model.weights: {OWN} have the last layer under the name head.1.weight, not "
        "classifier.1.weight; rename it",
        ModelError,
    ),
    *(
        Case(
            name,
            lambda _, changes=changes: load("demo", **changes),
            f"model.weights: demo is not for {message}",
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
            f"model.weights: {name!r} is neither 'demo' nor 'demo_robust', nor a file ending in "
            f".safetensors, .pth, .pt, .pth.tar, .bin, .ckpt, nor weights of torchvision; {hint}",
            ModelError,
        )
        for name, hint in NAMES
    ),
    *(
        Case(
            f"network {name}",
            lambda _, name=name: check_name(name),
            f"model.name: {name!r} {message}",
            ModelError,
        )
        for name, message in NETWORKS
    ),
    *(
        Case(
            f"own network {number}",
            partial(own, text, function),
            f"model.name: {message}",
            ModelError,
        )
        for number, (text, function, message) in enumerate(OWN_NETWORKS)
    ),
    Case(
        "own network that is not there",
        lambda _: check_name("own.nets:net"),
        "model.name: there is no module 'own.nets', neither installed nor in HERE; correct the "
        "name, or start in the folder that holds the module",
        ModelError,
    ),
    Case(
        "weights of timm by name",
        lambda _: load("IMAGENET1K_V1", name="timm/resnet18", width_mult=1.0),
        TIMM_WEIGHTS,
        ModelError,
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
