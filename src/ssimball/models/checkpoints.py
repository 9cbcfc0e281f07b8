"""Read the weights in files of any common form: safetensors, and what torch.save writes."""

import argparse
import re
import warnings
import zipfile
from collections import Counter
from collections.abc import Collection
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import safetensors.torch
import torch
from torch import Tensor

from ssimball.config.model import WEIGHT_FILES
from ssimball.errors import ModelError

State = dict[str, Tensor]
#: Keys under which checkpoints hold weights, alone or in each other.
_PLAIN = (
    *("state_dict", "model", "model_state_dict", "model_state", "net", "network", "module"),
    *("net_state_dict", "weights", "params", "state", "classifier", "checkpoint"),
)
#: Keys under which they hold a moving average of weights.
_AVERAGED = ("state_dict_ema", "model_ema", "ema_state_dict", "ema", "ema_model", "params_ema")
#: What compilers and wrappers of layers put into the names of weights, after their beginning.
_WRAPPED = re.compile(r"(?<=\.)(?:_orig_mod|_fsdp_wrapped_module|_checkpoint_wrapped_module)\.")
#: What files hold beside tensors that is data: the options of a training, and NumPy's numbers.
_DATA: list[Any] = [
    argparse.Namespace,
    *(np.float64(0).__reduce__()[0], np.dtype),
    *(type(np.dtype(kind)) for kind in ("f2", "f4", "f8", "i4", "i8", "?")),
]
#: Dictionaries in each other at most.
_MOST_LEVELS = 3
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
    if content[8:9] == b"{":  # the header, behind its length; some have another ending
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

    Raises:
        ModelError: the file holds two sets of weights for the network.
    """
    if not any(map(_WRAPPED.search, expected)):
        state = {_WRAPPED.sub("", name): value for name, value in state.items()}
    found = _beginnings(state, set(expected))
    most = max(found.values(), default=0)
    starts = sorted((start for start in found if found[start] == most), key=len)
    if not starts or "" in starts:
        return state
    # A head may stand beside the features: backbone.conv1.weight and fc.weight.
    beside = {name: state[name] for name in expected if name in state}
    sets = [{**beside, **_below(state, start)} for start in starts]
    for start, other in zip(starts[1:], sets[1:], strict=True):
        if any(key not in other or not _same(sets[0][key], other[key]) for key in sets[0]):
            raise ModelError(
                f"model.weights: there are two sets of weights, under {starts[0]} and under "
                f"{start}; save the one that you want alone"
            )
    return sets[0]


def _beginnings(state: State, expected: set[str]) -> Counter[str]:
    """Return how many of the expected names are found under each beginning."""
    found: Counter[str] = Counter()
    for name in state:
        places = [0, *(dot.end() for dot in re.finditer(r"\.", name))]
        found.update(name[:place] for place in places if name[place:] in expected)
    return found


def _below(state: State, start: str) -> State:
    return {k.removeprefix(start): v for k, v in state.items() if k.startswith(start)}


def _same(one: Tensor, other: Tensor) -> bool:
    return one.shape == other.shape and torch.equal(one, other)


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
            with torch.serialization.safe_globals(_DATA):
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
    """Return the weights in what a file holds, alone or under keys that are usual for them."""
    place: list[str] = []
    while isinstance(loaded, dict) and len(place) < _MOST_LEVELS:
        held = [key for key in _PLAIN if isinstance(loaded.get(key), dict)]
        averaged = [key for key in _AVERAGED if isinstance(loaded.get(key), dict)]
        if held and averaged:
            raise ModelError(
                f"model.weights: {path} holds weights under {held[0]} and their moving average "
                f"under {averaged[0]}; save those that you want alone"
            )
        if not held and not averaged:
            break
        place.append([*held, *averaged][0])
        loaded = loaded[place[-1]]
    if not isinstance(loaded, dict) or not all(
        isinstance(name, str) and isinstance(value, Tensor) for name, value in loaded.items()
    ):
        where = f" under {'.'.join(place)}" if place else ""
        wanted = "there" if place else "alone or under the key state_dict or model"
        found = type(loaded).__name__
        if isinstance(loaded, dict) and (beside := _beside_tensors(loaded)):
            found = f"{beside} beside its tensors"
        elif isinstance(loaded, dict):
            found = f"dict of {', '.join(map(str, list(loaded)[:_LISTED_KEYS]))}"
        raise ModelError(
            f"model.weights: {path} holds a {found}{where}, expected tensors by name, {wanted}; "
            "save them by torch.save(model.state_dict(), ...)"
        )
    return loaded


def _beside_tensors(loaded: dict[Any, Any]) -> str | None:
    """Return the first of what stands among tensors by name; None where there are no such."""
    others = [k for k, v in loaded.items() if not (isinstance(k, str) and isinstance(v, Tensor))]
    if len(others) == len(loaded) or not others:
        return None
    return f"value of type {type(loaded[others[0]]).__name__} under {others[0]}"


def _not_weights(path: Path, content: bytes) -> ModelError:
    if content.startswith(b"version https://git-lfs"):
        return ModelError(
            f"model.weights: {path} is a pointer of Git LFS, not the weights; get them by git lfs "
            "pull"
        )
    ending = next(each for each in (*WEIGHT_FILES, path.suffix) if path.name.endswith(each))
    return ModelError(
        f"model.weights: {path} is not a {ending} file, or damaged ({len(content)} bytes, "
        f"beginning {content[:16]!r}); get it again, or name one with weights"
    )


def _holds_code(path: Path, name: str) -> ModelError:
    if name.startswith("numpy."):
        return ModelError(
            f"model.weights: {path} holds NumPy's arrays ({name}), expected tensors; save them by "
            "torch.save({k: torch.tensor(v) for k, v in arrays.items()}, ...)"
        )
    return ModelError(
        f"model.weights: {path} holds more than tensors ({name}), which could run code when it is "
        "loaded, so it was not; save the weights alone: torch.save(model.state_dict(), ...)"
    )
