"""Fingerprints of the code that a stage runs, computed without importing it.

Snakemake tracks a ``script:`` by its modification time, and the modules that it imports not at all.
Each rule therefore has a parameter with the sha256 over the syntax trees of its script and of every
module of this package that the script imports, directly or through others. Comments, formatting and
docstrings do not count: syntax trees hold no comments, and docstrings are removed from them.
"""

import ast
import hashlib
from collections.abc import Iterable, Iterator
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
    pending = [*_imports(script), *modules]
    seen: dict[str, Path] = {}
    while pending:
        name = pending.pop()
        path = _locate(name)
        if path is None or name in seen:
            continue
        seen[name] = path
        # Importing a.b.c runs the package files of a and a.b too.
        pending += [name.rpartition(".")[0], *_imports(path)]
    digest = hashlib.sha256(_tree_digest(script))
    for name in sorted(seen):
        digest.update(name.encode() + b"\0" + _tree_digest(seen[name]))
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


@cache
def _parse(path: Path) -> ast.Module:
    return ast.parse(path.read_bytes(), filename=str(path))


@cache
def _imports(path: Path) -> tuple[str, ...]:
    return tuple(_imported_names(_parse(path)))


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


@cache
def _tree_digest(path: Path) -> bytes:
    tree = _parse(path)
    for node in _blocks(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0] if node.body else None
            if (
                isinstance(first, ast.Expr)
                and isinstance(first.value, ast.Constant)
                and isinstance(first.value.value, str)
            ):
                node.body = node.body[1:]
    return hashlib.sha256(ast.dump(tree).encode()).digest()
