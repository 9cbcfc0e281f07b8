"""Readers of stored files on random and damaged input: a result or an error of ours, soon.

``make fuzz`` runs this for minutes. What it found stands below as examples.
"""

import json

import hypothesis.strategies as st
import pyarrow.parquet as pq
import pytest
from hypothesis import example, given

from ssimball.config.study import load_study
from ssimball.errors import SsimballError
from ssimball.report.answer.page import read_answer
from ssimball.runs.crate.licences import licence
from ssimball.storage.checksums import parse_checksums
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.images import decode_png
from ssimball.storage.tables import read_table
from ssimball.storage.yaml_files import MAX_VALUES, parse_yaml

from . import folders as f

#: Pieces of YAML, of which random text is put together.
PIECES = (
    *(
        "a: ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        ", ",
        "\n",
        "  ",
        "&x ",
        "*x",
        "!!int ",
        "!!float ",
        "!!set",
    ),
    *(
        "!!set",
        "!!timestamp ",
        "!!bool ",
        "!!binary ",
        "!!omap ",
        "!!python/name:os.system",
        "<<: ",
        "? ",
    ),
    *(
        "2001-99-99",
        "0x",
        "f" * 9,
        "1e999",
        ".nan",
        "1:60:99",
        "_",
        "'",
        '"',
        "|",
        ">",
        "%",
        "---\n",
    ),
    *("\t", "\x00", "\x85", "\ud800", "\u2028", "#", "subset", "images", "attacks", "null"),
)
plain = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4)
    ),
    max_leaves=20,
)
KEYS = list(load_study({}).model_dump())


def ours(call, *arguments):
    """Return the result, or None after an error of ours; any other is a fault."""
    try:
        return call(*arguments)
    except SsimballError as error:
        assert str(error) and "\n\n" not in str(error)
        return None


def size_of(value):
    if isinstance(value, dict):
        return 1 + sum(map(size_of, value.values()))
    return 1 + sum(map(size_of, value)) if isinstance(value, list) else 1


@given(st.lists(st.sampled_from(PIECES), max_size=40).map("".join) | st.text())
@example("a: !!timestamp x")
@example("a: 2001-99-99")
@example("a: !!int ''")
@example("a: !!bool x")
@example("a: !!float x")
@example("a: \ud800")
@example("a: " + "9" * 5000)
@example("&a [*a]")
def test_yaml(text):
    assert size_of(ours(parse_yaml, text, "file")) <= 2 * MAX_VALUES


@given(st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=9), plain, max_size=4))
@example({"claims": [{"": None}]})
@example({"\n\n": None})
def test_settings(raw):
    ours(load_study, raw)


@given(
    st.binary(max_size=300)
    | st.lists(
        st.sampled_from(["0" * 64, "  ", "a", "/", "..", "\n", "\r", "\\"]), max_size=30
    ).map(lambda p: "".join(p).encode())
)
def test_checksums(content):
    for path in ours(parse_checksums, content) or ():
        assert not path.startswith("/") and ".." not in path.split("/") and "\n" not in path


@given(plain | st.just(b"\xff"))
def test_answers(tmp_path_factory, value):
    path = tmp_path_factory.getbasetemp() / "answer.json"
    path.write_bytes(value if isinstance(value, bytes) else json.dumps(value).encode())
    ours(read_answer, path)


@given(st.text())
def test_licences(text):
    found = licence(text)
    assert found.id.startswith(("http", "#")) and "\n" not in found.id and " " not in found.id


@pytest.fixture(scope="module")
def table(small):
    return (small / f.CLEAN_TABLE).read_bytes()


@given(st.data())
def test_damaged_tables(table, tmp_path_factory, data):
    """Some bytes are changed, mostly those of the footer."""
    content = bytearray(table)
    for _ in range(data.draw(st.integers(1, 4))):
        back = data.draw(st.integers(1, len(content)) | st.integers(1, min(600, len(content))))
        content[-back] = data.draw(st.integers(0, 255))
    path = tmp_path_factory.getbasetemp() / "damaged.parquet"
    path.write_bytes(content)
    found = ours(read_table, path, CLEAN)
    assert found is None or found.num_rows <= 2


@given(st.lists(st.binary(max_size=40) | st.none(), min_size=2, max_size=2))
def test_pictures_in_tables(small, tmp_path_factory, pictures):
    table = pq.read_table(small / f.CLEAN_TABLE)
    assert table.num_rows == 2
    for content in pictures:
        if content is not None:
            ours(decode_png, f.picture("PNG")[: len(content)] + content)
