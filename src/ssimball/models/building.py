"""Build a network by its name, with random weights."""

import hashlib
import importlib
import inspect
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import torch
from torch import nn

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError, first_line
from ssimball.models.logits import logits_of
from ssimball.models.names import Library, check_name, library_of, source_of, timm_name
from ssimball.models.torchvision import torchvision
from ssimball.storage.regular_files import read_regular

#: torchvision's networks with a width multiplier.
_WITH_WIDTH = ("mobilenet_v2",)
#: torchvision's networks with further heads, which only training uses, and their constructor's
#: arguments: no such heads, no slow drawing of weights, no normalisation of their own.
WITH_AUXILIARY = ("googlenet", "inception_v3")
_PLAIN = {"aux_logits": False, "init_weights": False, "transform_input": False}
#: Beginnings of the names of these heads' weights.
AUXILIARY_WEIGHTS = ("aux1.", "aux2.", "AuxLogits.")


def build(settings: ModelConfig) -> nn.Module:
    """Return a network with random weights, in evaluation mode.

    Args:
        settings: its name, number of classes and width.

    Raises:
        ModelError: there is no such network, or its function cannot be used.
    """
    check_name(settings.name)
    library = library_of(settings.name)
    options: dict[str, Any] = {"num_classes": settings.num_classes}
    if library is Library.OWN:
        return _own(settings, options)
    if library is Library.TIMM:
        _refuse_width(settings)
        import timm

        timm_network: nn.Module = timm.create_model(timm_name(settings.name), **options)
        return timm_network.eval()
    if settings.name in _WITH_WIDTH:
        options["width_mult"] = settings.width_mult
    else:
        _refuse_width(settings)
    if settings.name in WITH_AUXILIARY:
        options |= _PLAIN
    network: nn.Module = torchvision.models.get_model(settings.name, weights=None, **options)
    return network.eval()


def _refuse_width(settings: ModelConfig) -> None:
    if settings.width_mult != 1.0:
        raise ModelError(
            f"model.width_mult: {settings.name} has no width multiplier; set it to 1.0 "
            f"(networks that have one: {', '.join(_WITH_WIDTH)})"
        )


def _own(settings: ModelConfig, options: dict[str, Any]) -> nn.Module:
    """Call a function of the user's with the settings that it takes; in evaluation mode."""
    with _current_folder():
        function = _function(settings)
        parameters = inspect.signature(function).parameters
        takes_all = any(each.kind is each.VAR_KEYWORD for each in parameters.values())
        if takes_all or "width_mult" in parameters:
            options["width_mult"] = settings.width_mult
        else:
            _refuse_width(settings)
        given = {name: value for name, value in options.items() if takes_all or name in parameters}
        try:
            network = function(**given)
        except (Exception, SystemExit) as error:  # any, from the user's code
            raise ModelError(
                f"model.name: {settings.name} fails ({first_line(error)}); correct it"
            ) from error
    if not isinstance(network, nn.Module):
        raise ModelError(
            f"model.name: {settings.name} returns {type(network).__name__}, not a "
            "torch.nn.Module; correct it"
        )
    if not isinstance(network, torch.jit.ScriptModule):
        # No wrapper: weights have the names of the network's own modules.
        network.register_forward_hook(_logits_alone)
        with suppress(NotImplementedError):  # networks of torch.export have no evaluation mode
            return network.eval()
    raise ModelError(
        f"model.name: {settings.name} returns a network of TorchScript or torch.export, whose "
        "layers cannot be read; return the one of which it was made"
    )


def _logits_alone(_network: nn.Module, _images: Any, output: Any) -> Any:
    return logits_of(output)


@contextmanager
def _current_folder() -> Iterator[None]:
    """Let Python find modules in the current folder, after those that are installed."""
    folder = str(Path.cwd())
    sys.path.append(folder)
    try:
        yield
    finally:
        sys.path.remove(folder)


def _function(settings: ModelConfig) -> Callable[..., Any]:
    path = source_of(settings.name)
    found = hashlib.sha256(read_regular(path)).hexdigest()
    if settings.code_sha256 not in (None, found):
        raise ModelError(
            f"model.code_sha256: {path} has sha256 {found}, not {settings.code_sha256}; take the "
            "right file, or start the run again"
        )
    module, _, name = settings.name.partition(":")
    loaded = sys.modules.get(module)
    if loaded is not None and loaded.__file__ != str(path):
        del sys.modules[module]  # that of another folder
    try:
        return getattr(importlib.import_module(module), name)  # type: ignore[no-any-return]
    except (Exception, SystemExit) as error:  # any, from the user's code
        raise ModelError(
            f"model.name: {path} cannot be imported ({first_line(error)}); correct it"
        ) from error
