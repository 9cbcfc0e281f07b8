"""Read the weights in files of any common form: safetensors, and what torch.save writes."""

import re
import warnings
import zipfile
from collections.abc import Collection
from io import BytesIO
from itertools import chain, product
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from ssimball.config.model import WEIGHT_FILES
from ssimball.errors import ModelError

State = dict[str, Tensor]
#: Keys under which checkpoints hold weights.
_PLAIN = ("state_dict", "model", "model_state_dict", "net")
#: Keys under which they hold a moving average of weights.
_AVERAGED = ("state_dict_ema", "model_ema", "ema_state_dict", "ema")
#: What frameworks put before the names of weights: data-parallel training and averages, the
#: compiler, and modules of training frameworks.
_PREFIXES = ("module.", "_orig_mod.", "model.", "net.")
#: Prefixes at most, one before the other.
_MOST_PREFIXES = 3
#: Keys of a file without weights that its error message lists.
_LISTED_KEYS = 5


def read_weights(path: Path, content: bytes) -> State:
    """Return the tensors of a file by their names there; no code in it is run.

    Args:
        path: the file's name, for its ending and for messages.
        content: its bytes.

    Raises:
        ModelError: it holds no weights, two sets of them, or code.
    """
    if path.suffix == ".safetensors":
        try:
            return safetensors.torch.load(content)
        except safetensors.SafetensorError:
            raise _not_weights(path, content) from None
    return _tensors(path, _unpickled(path, content))


def without_prefixes(state: State, expected: Collection[str]) -> State:
    """Return weights by the names that a network expects.

    Names in a checkpoint may begin with what its training put before them. The beginning under
    which most of the expected names are found is taken off, and what lies outside it, such as the
    weights of a loss, is left out.

    Examples:
        >>> state = {"model.module.fc.bias": torch.zeros(2), "loss.weight": torch.ones(2)}
        >>> list(without_prefixes(state, ["fc.bias", "fc.weight"]))
        ['fc.bias']

    Args:
        state: weights by their names in a file.
        expected: the names of the network.
    """
    numbers = range(_MOST_PREFIXES + 1)
    chains = chain.from_iterable(product(_PREFIXES, repeat=number) for number in numbers)
    # Of equally many, max takes the first: the shortest.
    prefix = max(
        ("".join(parts) for parts in chains),
        key=lambda start: sum(start + name in state for name in expected),
    )
    if not prefix:
        return state
    return {k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)}


def _unpickled(path: Path, content: bytes) -> Any:
    if _is_torchscript(content):
        raise ModelError(
            f"model.weights: {path} is a TorchScript archive, which holds code; save the weights "
            "alone: torch.save(torch.jit.load(file).state_dict(), ...)"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # weights_only refuses pickles that would execute code.
            return torch.load(BytesIO(content), map_location="cpu", weights_only=True)
    except Exception as error:  # torch raises many kinds for a file that is not a checkpoint
        # torch's own message advises to load the file together with any code it holds.
        code = re.search(r"GLOBAL (\S+)", str(error))
        raise _holds_code(path, code[1]) if code else _not_weights(path, content) from None


def _is_torchscript(content: bytes) -> bool:
    try:
        with zipfile.ZipFile(BytesIO(content)) as archive:
            return any(name.endswith("/constants.pkl") for name in archive.namelist())
    except zipfile.BadZipFile:
        return False


def _tensors(path: Path, loaded: Any) -> State:
    if isinstance(loaded, dict):
        held = [key for key in _PLAIN if isinstance(loaded.get(key), dict)]
        averaged = [key for key in _AVERAGED if isinstance(loaded.get(key), dict)]
        if held and averaged:
            raise ModelError(
                f"model.weights: {path} holds weights under {held[0]} and their moving average "
                f"under {averaged[0]}; save those that you want alone"
            )
        loaded = loaded[[*held, *averaged][0]] if held or averaged else loaded
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in loaded.items()
    ):
        found = type(loaded).__name__
        if isinstance(loaded, dict):
            found = f"dict of {', '.join(map(str, list(loaded)[:_LISTED_KEYS]))}"
        raise ModelError(
            f"model.weights: {path} holds a {found}, expected tensors by name, alone or under the "
            "key state_dict or model; save them by torch.save(model.state_dict(), ...)"
        )
    return loaded


def _not_weights(path: Path, content: bytes) -> ModelError:
    ending = next(each for each in (*WEIGHT_FILES, path.suffix) if path.name.endswith(each))
    return ModelError(
        f"model.weights: {path} is not a {ending} file, or damaged ({len(content)} bytes, "
        f"beginning {content[:16]!r}); get it again, or name one with weights"
    )


def _holds_code(path: Path, name: str) -> ModelError:
    return ModelError(
        f"model.weights: {path} holds more than tensors ({name}), which could run code when it is "
        "loaded, so it was not; save the weights alone: torch.save(model.state_dict(), ...)"
    )
