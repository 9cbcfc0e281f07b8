"""Fixtures of the tests of a crate."""

import pytest

from .example import MANIFEST, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "mine", MANIFEST)
