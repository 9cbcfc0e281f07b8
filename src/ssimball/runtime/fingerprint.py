"""Fingerprints of the code that a stage runs, computed without importing it.

Snakemake tracks a ``script:`` by its modification time, and the modules that it imports not at all.
Each rule therefore has a parameter with the sha256 over the syntax trees of its script and of every
module of this package that the script imports, directly or through others. Comments, formatting and
docstrings do not count: syntax trees hold no comments, and docstrings are removed from them.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

PACKAGE = __name__.partition(".")[0]
SOURCE_ROOT = Path(__file__).resolve().parents[2]


def fingerprint(script: Path, modules: Iterable[str] = ()) -> str:
    """Return the hex sha256 of the code that a script runs.

    Args:
        script: A Python file outside the package.
        modules: Further modules that it loads by name at run time, e.g. the module of an attack.
    """
    return _fingerprint(script, tuple(modules))


@cache
def _fingerprint(script: Path, modules: tuple[str, ...]) -> str:
    pending = [*_code(script).imports, *modules]
    seen: dict[str, Path] = {}
    while pending:
        name = pending.pop()
        path = _locate(name)
        if path is None or name in seen:
            continue
        seen[name] = path
        # Importing a.b.c runs the package files of a and a.b too.
        pending += [name.rpartition(".")[0], *_code(path).imports]
    digest = hashlib.sha256(_code(script).digest)
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + _code(seen[name]).digest)
    return digest.hexdigest()


@cache
def _locate(name: str) -> Path | None:
    """Return the file of a module of this package; None for any other module."""
    if name.partition(".")[0] != PACKAGE:
        return None
    base = SOURCE_ROOT.joinpath(*name.split("."))
    for path in (base / "__init__.py", base.with_suffix(".py")):
        if path.is_file():
            return path
    return None


@dataclass(frozen=True)
class _Code:
    """The names that a file imports, and the sha256 of its syntax tree."""

    imports: tuple[str, ...]
    digest: bytes


@cache
def _code(path: Path) -> _Code:
    return _parse(path, path.read_bytes())


@cache
def _parse(path: Path, content: bytes) -> _Code:
    tree = ast.parse(content, filename=str(path))
    imports = tuple(_imported_names(tree))
    _remove_docstrings(tree)
    return _Code(imports, hashlib.sha256(ast.dump(tree).encode()).digest())


def _blocks(node: ast.AST) -> Iterator[ast.AST]:
    """Yield a node and the statements inside it; expressions, most of a tree, hold none."""
    yield node
    for name in ("body", "orelse", "finalbody", "handlers", "cases"):
        for inner in getattr(node, name, ()):
            yield from _blocks(inner)


def _imported_names(tree: ast.Module) -> Iterator[str]:
    for node in _blocks(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            yield node.module
            # ``from ssimball import ssim`` imports a module.
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _remove_docstrings(tree: ast.Module) -> None:
    for node in _blocks(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
