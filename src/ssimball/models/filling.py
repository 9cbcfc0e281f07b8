"""Put the tensors of a file into a network, or say which of the two is wrong."""

import re

import torch
from torch import Tensor, nn

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models.building import AUXILIARY_WEIGHTS, WITH_AUXILIARY
from ssimball.models.checkpoints import State, without_prefixes

#: Tensors that networks do not compute with: counts of batch norms, of profilers and of averages.
_COUNTS = ("num_batches_tracked", "total_ops", "total_params", "n_averaged")


def fill(network: nn.Module, state: State, settings: ModelConfig) -> None:
    """Copy weights into a network.

    Args:
        network: the network, with any weights.
        state: weights by their names in a file.
        settings: the network and how names are matched.

    Raises:
        ModelError: the weights are not for this network, or hold values that are no numbers.
    """
    expected = network.state_dict()
    given, state = state, without_prefixes(state, expected)
    if settings.weights_by == "order":
        state = _renamed(state, expected, settings)
    if settings.name in WITH_AUXILIARY:
        state = {k: v for k, v in state.items() if not k.startswith(AUXILIARY_WEIGHTS)}
    state = {k: v for k, v in state.items() if k in expected or not k.endswith(_COUNTS)}
    problem = _problem(state, expected, given)
    if problem is not None:
        if part := re.search(r"\d+-of-\d+", settings.weights):
            raise ModelError(
                f"model.weights: {settings.weights} is part {part[0]} of the weights; join the "
                "parts in one file"
            )
        raise ModelError(
            f"model.weights: {settings.weights} is not for {settings.name} with num_classes "
            f"{settings.num_classes} and width_mult {settings.width_mult}: the weights {problem}"
        )
    # load_state_dict of MNASNet wants a format version, which plain mappings do not carry.
    for key, value in state.items():
        _copy(value, expected[key], f"model.weights: {key} of {settings.weights}")


def _problem(state: State, expected: State, given: State) -> str | None:
    """Return what is wrong with the weights, and what to do about it; None if they fit."""
    needed = [key for key in expected if not key.endswith(_COUNTS)]
    missing = [key for key in needed if key not in state]
    unknown = [key for key in state if key not in expected]
    shapes = [key for key in needed if key in state and state[key].shape != expected[key].shape]
    if not state:
        return "are none: the file is empty; name one with weights"
    if len(missing) == len(needed):
        return (
            f"have other names, such as {min(unknown)} in place of {needed[0]}; name the network "
            "that they are for, or set weights_by: order if it has the same layers"
        )
    if missing and set(missing) <= set(needed[-2:]) and not unknown + shapes:
        if head := _left_out(given, state, expected[missing[0]]):
            return f"have the last layer under the name {head}, not {missing[0]}; rename it"
        return f"lack {_some(missing)}, the last layer; get weights of a whole classifier"
    if shapes and set(shapes) <= set(needed[-2:]) and not missing + unknown:
        remedy = f"set num_classes to {len(state[shapes[-1]])}"
        return f"have another shape for {_in_place(state, expected, shapes)}; {remedy}"
    these = "set these three to what the weights are for"
    if missing:
        return f"lack {_some(missing)}; {these}"
    if unknown:
        return f"hold what the network does not know: {_some(unknown)}; {these}"
    if shapes:
        return f"have another shape for {_in_place(state, expected, shapes)}; {these}"
    return None


def _left_out(given: State, state: State, like: Tensor) -> str | None:
    """Return the name in a file of a tensor that was not taken and has a shape; None if none."""
    taken = {id(tensor) for tensor in state.values()}
    left = (k for k, v in given.items() if id(v) not in taken and v.shape == like.shape)
    return next(left, None)


def _some(keys: list[str]) -> str:
    return keys[0] + (f" and {len(keys) - 1} more" if keys[1:] else "")


def _in_place(state: State, expected: State, keys: list[str]) -> str:
    shapes = f"{_shape(state[keys[0]])} in place of {_shape(expected[keys[0]])}"
    return f"{_some(keys)} ({shapes})"


def _renamed(state: State, expected: State, settings: ModelConfig) -> State:
    """Give the tensors of a file the network's names, one after the other."""
    kept = {k: v for k, v in state.items() if not k.endswith(_COUNTS)}
    names = [name for name in expected if not name.endswith(_COUNTS)]
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
