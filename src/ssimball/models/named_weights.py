"""The weights that torchvision offers by name, from its sources, so that a plan needs no torch."""

import ast
import difflib
from collections.abc import Iterator
from functools import cache

from ssimball.config.model import SHIPPED_WEIGHTS, WEIGHT_FILES, ModelConfig
from ssimball.errors import ModelError
from ssimball.models.names import Library, library_of, sources_of


def address_of(settings: ModelConfig) -> str:
    """Return the address of weights that the settings name.

    Raises:
        ModelError: there are no such weights.
    """
    if library_of(settings.name) is not Library.TORCHVISION:
        raise ModelError(
            f"model.weights: {settings.weights!r} is no file ending in {', '.join(WEIGHT_FILES)}, "
            f"which {settings.name} needs; only torchvision's networks have weights by name"
        )
    known = named_weights(settings.name)
    if settings.weights not in known:
        near = difflib.get_close_matches(settings.weights, known, 1, 0.4)
        hint = f"did you mean {near[0]}?" if near else f"{settings.name} has {', '.join(known)}"
        shipped = " nor ".join(map(repr, SHIPPED_WEIGHTS))
        raise ModelError(
            f"model.weights: {settings.weights!r} is neither {shipped}, nor a "
            f"file ending in {', '.join(WEIGHT_FILES)}, nor weights of torchvision; {hint}"
        )
    return known[settings.weights]


@cache
def named_weights(network: str) -> dict[str, str]:
    """Return the addresses of all weights of one of torchvision's networks, by their names."""
    for text in sources_of(Library.TORCHVISION):
        if f"def {network}(" in text:
            body = ast.parse(text).body
            enum = next(filter(None, (_enum_of(node, network) for node in body)), None)
            classes = (node for node in body if isinstance(node, ast.ClassDef))
            return dict(_members(next(node for node in classes if node.name == enum)))
    return {}


def _enum_of(node: ast.stmt, network: str) -> str | None:
    """Return the type of the argument ``weights`` of the function that builds a network."""
    if not isinstance(node, ast.FunctionDef) or node.name != network:
        return None
    arguments = (each for each in node.args.kwonlyargs if each.arg == "weights")
    annotated = next(arguments, None)
    if annotated is None or not isinstance(annotated.annotation, ast.Subscript):
        return None
    return ast.unparse(annotated.annotation.slice)


def _members(enum: ast.ClassDef) -> Iterator[tuple[str, str]]:
    addresses: dict[str, str] = {}
    for node in enum.body:
        if not isinstance(node, ast.Assign):
            continue
        name = ast.unparse(node.targets[0])
        if isinstance(node.value, ast.Name):  # another name of weights above
            addresses[name] = addresses[node.value.id]
        elif isinstance(node.value, ast.Call):
            given = {word.arg: word.value for word in node.value.keywords}
            addresses[name] = str(ast.literal_eval(given["url"]))
    yield from addresses.items()
