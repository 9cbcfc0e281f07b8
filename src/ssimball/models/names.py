"""Names of networks: torchvision's, timm's, and functions of one's own modules.

Nothing here imports torch, or runs any code of a network, so that a run can be planned without.
"""

import ast
import difflib
import re
import sys
from collections.abc import Sequence
from enum import Enum
from functools import cache
from importlib.machinery import ModuleSpec, PathFinder
from pathlib import Path

from ssimball.config.messages import suggestion
from ssimball.errors import ModelError

#: A registered function that builds a network; further decorators may take several lines.
_REGISTERED = re.compile(
    r"^@register_model(?:\(\))?\n(?:@[^\n]*\n(?:[ )][^\n]*\n)*)*def (\w+)\(", re.MULTILINE
)
_TIMM = "timm/"


class Library(Enum):
    """Where a network's code comes from."""

    TORCHVISION = "torchvision"
    TIMM = "timm"
    OWN = "own"


def library_of(name: str) -> Library:
    """Return where the code of a network comes from.

    Examples:
        >>> library_of("timm/vit_base_patch16_224").name, library_of("my.module:network").name
        ('TIMM', 'OWN')
    """
    if name.startswith(_TIMM):
        return Library.TIMM
    return Library.OWN if ":" in name else Library.TORCHVISION


def timm_name(name: str) -> str:
    """Return what timm calls the network ``timm/NAME``."""
    return name.removeprefix(_TIMM)


def check_name(name: str) -> None:
    """Check that there is a network of this name, as its library's sources say.

    Raises:
        ModelError: there is none; the message names the nearest one.
    """
    library = library_of(name)
    if library is Library.OWN:
        _check_function(name)
        return
    known = [*_registered(library)]
    # In timm's names, a dot may precede the name of pretrained weights.
    if name in known or (library is Library.TIMM and name.partition(".")[0] in known):
        return
    near = difflib.get_close_matches(name, known, 1)
    if _TIMM + name in _registered(Library.TIMM):
        near = [_TIMM + name]
    hint = f"did you mean {near[0]!r}?" if near else "correct the name"
    raise ModelError(
        f"model.name: {name!r} is no classifier of {library.value}; {hint} (names of timm are "
        "timm/NAME, of your own networks package.module:function)"
    )


def source_of(name: str) -> Path:
    """Return the file that defines a network of one's own.

    The module is looked for as Python does, and then in the current folder.

    Args:
        name: ``package.module:function``.

    Raises:
        ModelError: there is no such module.
    """
    module = name.partition(":")[0]
    if re.fullmatch(r"[\w.]*\w:\w+", name) is None:
        raise ModelError(f"model.name: {name!r} is not of the form package.module:function")
    spec: ModuleSpec | None = None
    places: Sequence[str] | None = None
    parts = module.split(".")
    for end in range(1, len(parts) + 1):
        spec = _find(".".join(parts[:end]), places)
        if spec is None or (places := spec.submodule_search_locations) is None:
            break
    if spec is None or spec.name != module or not (spec.origin or "").endswith(".py"):
        raise ModelError(
            f"model.name: there is no module {module!r}, neither installed nor in {Path.cwd()}; "
            "correct the name, or start in the folder that holds the module"
        )
    return Path(spec.origin or "")


def _find(name: str, places: Sequence[str] | None) -> ModuleSpec | None:
    """Find a module without importing it or the packages that hold it."""
    for finder in sys.meta_path:
        spec = finder.find_spec(name, places)
        if spec is not None:
            return spec
    return PathFinder.find_spec(name, [str(Path.cwd())]) if places is None else None


@cache
def _registered(library: Library) -> tuple[str, ...]:
    """Return the names of all classifiers of a library, from its sources."""
    prefix = _TIMM if library is Library.TIMM else ""
    found = map(_REGISTERED.findall, sources_of(library))
    return tuple(sorted(prefix + each for names in found for each in names))


def sources_of(library: Library) -> list[str]:
    """Return the text of each module of a library's networks; none if it is not installed."""
    spec = _find(library.value, None)
    if spec is None or spec.origin is None:
        return []
    files = sorted((Path(spec.origin).parent / "models").glob("*.py"))
    return [path.read_text(encoding="utf-8") for path in files]


def _check_function(name: str) -> None:
    """Check that a module defines or imports the function that a name says."""
    path, function = source_of(name), name.partition(":")[2]
    try:
        tree = ast.parse(path.read_bytes(), filename=str(path))
    except SyntaxError as error:
        raise ModelError(
            f"model.name: {path} is no valid Python ({error.msg}, line {error.lineno}); correct it"
        ) from None
    imports = [node for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)]
    imported = {alias.asname or alias.name for node in imports for alias in node.names}
    defined = [node.name for node in tree.body if isinstance(node, ast.FunctionDef | ast.ClassDef)]
    if function not in defined and not imported & {function, "*"}:
        hint = suggestion(function, defined)
        raise ModelError(f"model.name: {path} has no function {function!r}; {hint}")
