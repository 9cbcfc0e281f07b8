"""The public names: one table, loaded when used, and no part of any stage's code."""

import ast
import subprocess
import sys
import tomllib
from pathlib import Path

import pytest

import ssimball
from ssimball.api.names import PUBLIC
from ssimball.runtime import fingerprint

PACKAGE = Path(fingerprint.__file__).parents[1]
ROOMS = {path.name for path in PACKAGE.iterdir() if path.is_dir()}


def test_stub_and_directory_list_the_table():
    stub = ast.parse((PACKAGE / "__init__.pyi").read_text())
    listed = {
        alias.asname: node.module
        for node in stub.body
        if isinstance(node, ast.ImportFrom)
        for alias in node.names
        if alias.asname == alias.name
    }
    assert listed == PUBLIC
    assert dir(ssimball) == sorted(PUBLIC)
    project = tomllib.loads((PACKAGE.parents[1] / "pyproject.toml").read_text())["project"]
    assert ssimball.__version__ == project["version"]
    # A function of one of these names could not be reached.
    assert set(PUBLIC) & ROOMS == {"ssim", "overlap"}


@pytest.mark.parametrize("name", PUBLIC)
def test_every_name_is_described(name):
    assert getattr(ssimball, name).__doc__.partition("\n")[0].endswith(".")


def test_import_loads_no_torch_and_unknown_names_are_errors():
    code = """
import sys, ssimball
assert dir(ssimball) and ssimball.InputError
assert ssimball.ssim.__name__ == "ssimball.ssim"
try:
    ssimball.ssimm
except AttributeError as error:
    assert "no attribute 'ssimm'" in str(error)
else:
    raise AssertionError
others = {"foolbox", "torchattacks", "art", "adv_lib"}
assert not {"torch", "numpy", "ssimball.api.attack", *others} & set(sys.modules)
"""
    subprocess.run([sys.executable, "-c", code], check=True)


@pytest.mark.long
def test_packages_are_called_whether_or_not_they_were_imported_before():
    """Two children of one process, which has imported what takes seconds."""
    code = """
import importlib, os
import numba, torch
import numpy as np

for before in ((), ("ssimball.ssim.windows", "ssimball.overlap.grids")):
    child = os.fork()
    if child:
        assert os.waitpid(child, 0)[1] == 0
        continue
    for name in before:
        importlib.import_module(name)
    import ssimball
    x = np.full((3, 16, 16), 0.5)
    assert abs(ssimball.ssim(x, x) - 1) < 1e-12
    from ssimball.ssim.windows import SSIM_WINDOW
    assert abs(ssimball.ssim(x, y=x) - 1) < 1e-12
    assert callable(ssimball.overlap)
    break
"""
    subprocess.run([sys.executable, "-c", code], check=True)


def test_no_stage_depends_on_the_public_functions(tmp_path, monkeypatch, forget_files):
    # A package of its own with the real __init__, and public functions that change.
    (tmp_path / "ssimball" / "api").mkdir(parents=True)
    for name in ("__init__.py", "__init__.pyi", "errors.py", "api/names.py"):
        (tmp_path / "ssimball" / name).write_bytes((PACKAGE / name).read_bytes())
    script = tmp_path / "script.py"
    script.write_text("from ssimball.errors import ConfigError\n")
    monkeypatch.setattr(fingerprint, "SOURCE_ROOT", tmp_path)

    def taken():
        forget_files()
        return fingerprint.fingerprint(script)

    before = taken()
    (tmp_path / "ssimball" / "api" / "names.py").write_text("PUBLIC = {}\n")
    (tmp_path / "ssimball" / "__init__.pyi").write_text("")
    assert taken() == before
    (tmp_path / "ssimball" / "errors.py").write_text("changed = 1\n")
    assert taken() != before
