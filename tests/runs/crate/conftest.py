"""Fixtures of the tests of a crate."""

import pytest

from .example import MANIFEST, export, write_run


@pytest.fixture
def run(tmp_path):
    return write_run(tmp_path / "mine", MANIFEST)


@pytest.fixture
def entities(run):
    """The entities of the crate written into the run's folder, by id."""
    return export(run)
