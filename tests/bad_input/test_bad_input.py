"""A message about bad input names the file, key or row, what was expected, and what to do."""

import pytest

from ssimball.errors import SsimballError

from . import (
    configuration,
    imagenet,
    images,
    manifest,
    masks,
    network,
    settings,
    tables,
    unknown,
    weights,
)

SOURCES = (
    *(unknown, settings, configuration),
    *(manifest, imagenet, images, masks),
    *(weights, network, tables),
)
TABLE = [
    pytest.param(case, id=f"{source.__name__.rpartition('.')[2]}: {case.name}")
    for source in SOURCES
    for case in source.CASES
]


def outcome(case, folder):
    """Return what the user reads, the message or the status of the image's row, and the error."""
    try:
        return case.make(folder), None
    except SsimballError as error:
        return str(error), type(error)


@pytest.mark.parametrize("case", TABLE)
def test_bad_input(case, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text, error = outcome(case, tmp_path)
    assert case.matches(text, tmp_path), text
    assert error is case.error


def test_every_mistake_is_listed_once():
    assert len({param.id for param in TABLE}) == len(TABLE)
