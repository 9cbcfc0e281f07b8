"""Fingerprints depend on the code that a script runs, and on nothing else."""

import sys
import textwrap

import pytest

from ssimball.runtime import fingerprint as room


@pytest.fixture
def package(tmp_path, monkeypatch):
    """A package of its own: script -> a -> b; c unrelated; d loaded by name."""
    source = {
        "__init__": "",
        "a": "from ssimball.b import value\n",
        "b": '"""Doc."""\nvalue = 1\n\n\ndef f():\n    """Doc of f."""\n    return value\n',
        "c": "other = 2\n",
        "d": "late = 3\n",
    }
    (tmp_path / "ssimball").mkdir()
    for name, text in source.items():
        (tmp_path / "ssimball" / f"{name}.py").write_text(text)
    (tmp_path / "script.py").write_text("import numpy\nfrom ssimball import a\nprint(a)\n")
    monkeypatch.setattr(room, "SOURCE_ROOT", tmp_path)
    return tmp_path


@pytest.fixture
def taken(forget_files):
    def fingerprint(package, *modules):
        forget_files()
        return room.fingerprint(package / "script.py", modules)

    return fingerprint


@pytest.mark.parametrize(
    ("name", "text", "changes"),
    [
        ("ssimball/b.py", "value = 2\n\n\ndef f():\n    return value\n", True),
        ("ssimball/a.py", "from ssimball.b import value, f\n", True),
        ("script.py", "import numpy\nfrom ssimball import a\nprint(a, 1)\n", True),
        ("ssimball/__init__.py", "flag = 1\n", True),
        ("ssimball/c.py", "other = 3\n", False),
        (
            "ssimball/b.py",
            "value  =  1 # why\ndef f():\n    '''Other doc.'''\n    return value\n",
            False,
        ),
    ],
)
def test_what_changes_a_fingerprint(package, taken, name, text, changes):
    before = taken(package)
    (package / name).write_text(textwrap.dedent(text))
    assert (taken(package) != before) == changes


def test_modules_loaded_by_name_count_when_named(package, taken):
    before, without = taken(package, "ssimball.d"), taken(package)
    assert before != without
    (package / "ssimball" / "d.py").write_text("late = 4\n")
    assert taken(package, "ssimball.d") != before
    assert taken(package) == without


def test_fingerprinting_imports_nothing(package, taken):
    taken(package, "ssimball.d")
    assert "ssimball.d" not in sys.modules
