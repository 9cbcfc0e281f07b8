"""The layout of the package: rooms, imports that point downward, and short files and functions."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "src" / "ssimball"
#: From the top down. A room imports only from rooms that stand below it here.
ROOMS = (
    *("cli", "runs", "pipeline", "report", "causal", "adapters", "api", "explanations", "attacks"),
    *(
        "statistics",
        "models",
        "overlap",
        "datasets",
        "ball",
        "ssim",
        "config",
        "storage",
        "runtime",
    ),
)
HALL = {"__init__", "__main__", "errors"}
MODULES = sorted(path.relative_to(PACKAGE) for path in PACKAGE.rglob("*.py"))


def _imported(tree: ast.AST) -> Iterator[str]:
    """Dotted names of the package's modules that a module imports, wherever it does."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports inside the package are absolute"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def _rooms_imported(path: Path) -> set[str]:
    names = (name.split(".") for name in _imported(ast.parse(path.read_text("utf-8"))))
    return {name[1] for name in names if name[0] == "ssimball" and name[1:2] != []}


def test_the_root_holds_no_module_of_a_room() -> None:
    assert {path.stem for path in PACKAGE.glob("*.py")} == HALL
    folders = {path.name for path in PACKAGE.iterdir() if path.is_dir()}
    assert folders - {"__pycache__"} == set(ROOMS)


@pytest.mark.parametrize("room", ROOMS)
def test_a_room_imports_only_from_rooms_below(room: str) -> None:
    above = set(ROOMS[: ROOMS.index(room)])
    upward = {
        str(module): sorted(found)
        for module in MODULES
        if module.parts[0] == room and (found := _rooms_imported(PACKAGE / module) & above)
    }
    assert not upward


def test_errors_import_no_room() -> None:
    assert not _rooms_imported(PACKAGE / "errors.py") & set(ROOMS)


def _functions(module: Path) -> Iterator[tuple[str, int]]:
    for node in ast.walk(ast.parse((PACKAGE / module).read_text("utf-8"))):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield f"{module}:{node.name}", (node.end_lineno or 0) - node.lineno + 1


def test_files_and_functions_stay_short() -> None:
    files = {module: len((PACKAGE / module).read_text("utf-8").splitlines()) for module in MODULES}
    assert not {module: lines for module, lines in files.items() if lines > 300}
    functions = dict(found for module in MODULES for found in _functions(module))
    assert not {name: lines for name, lines in functions.items() if lines > 40}
