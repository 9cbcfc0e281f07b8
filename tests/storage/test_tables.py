"""Stored tables: values survive a round trip, and altered files are refused."""

import json
from dataclasses import replace

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssimball.errors import ArtifactError
from ssimball.overlap.metric import SPEARMAN_CAM
from ssimball.storage import arrow_rows
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.overlap import COMPARISONS, OVERLAP
from ssimball.storage.contracts.registry import CONTRACTS
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import (
    check_table,
    describe,
    read_table,
    tensor,
    tensor_shape,
    write_table,
)

ORIGIN = Provenance(stage={"stage": "cam"}, code="0" * 64)
GRID = np.arange(49, dtype=np.float32).reshape(7, 7) / 7


def cam_rows():
    asked = {"image": "clean", "explained": "label"}
    one = {"image_id": "a", "status": "ok", "label": 3, "class_index": 3, **asked}
    two = {"image_id": "b", "status": "failed: truncated", "label": 1, "class_index": 1, **asked}
    return [{**one, "logit": 2.0, "bias": 0.5, "map": GRID}, two]


@pytest.fixture
def path(tmp_path):
    write_table(tmp_path / "cam.parquet", EXPLANATIONS, cam_rows(), ORIGIN)
    return tmp_path / "cam.parquet"


def content(path):
    return describe(pq.read_schema(path), path)["content_sha256"]


def test_rows_come_back_as_they_went_in(path):
    table = read_table(path, EXPLANATIONS)
    np.testing.assert_array_equal(tensor(table, "map", 0), GRID)
    assert tensor(table, "map", 1) is None
    frame = pd.read_parquet(path)
    assert frame.status.tolist() == ["ok", "failed: truncated"]
    np.testing.assert_array_equal(np.reshape(frame["map"][0], (7, 7)), GRID)
    assert [entry.name for entry in path.parent.iterdir()] == ["cam.parquet"]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"label": None}, "row 0 has no label"),
        ({"logit": float("nan")}, "row 0 has logit = nan"),
        ({"label": "three"}, "column label"),
        ({"camm": 1}, "row 0 has unknown columns ['camm']"),
        ({"map": np.zeros(49, np.float32)}, "column map"),
    ],
)
def test_rows_that_break_the_contract_are_not_written(tmp_path, change, message):
    first, second = cam_rows()
    with pytest.raises(ArtifactError) as caught:
        write_table(tmp_path / "cam.parquet", EXPLANATIONS, [first | change, second], ORIGIN)
    assert message in str(caught.value)
    assert list(tmp_path.iterdir()) == []


def test_nothing_to_write_is_an_error(tmp_path):
    with pytest.raises(ArtifactError, match="nothing to write"):
        write_table(tmp_path / "cam.parquet", EXPLANATIONS, [], ORIGIN)


def test_a_table_that_may_be_empty_comes_back_empty(tmp_path):
    write_table(tmp_path / "comparisons.parquet", COMPARISONS, [], ORIGIN)
    assert read_table(tmp_path / "comparisons.parquet", COMPARISONS).num_rows == 0


@given(st.data())
def test_a_flipped_bit_is_found_or_changes_nothing(tmp_path_factory, data):
    folder = tmp_path_factory.mktemp("flip")
    path = folder / "cam.parquet"
    write_table(path, EXPLANATIONS, cam_rows(), ORIGIN)
    before = read_table(path, EXPLANATIONS)
    raw = bytearray(path.read_bytes())
    place = data.draw(st.integers(0, 8 * len(raw) - 1))
    raw[place // 8] ^= 1 << place % 8
    path.write_bytes(raw)
    try:
        after = read_table(path, EXPLANATIONS)
    except ArtifactError:
        with pytest.raises(ArtifactError):
            check_table(path, EXPLANATIONS)
        return
    assert check_table(path, EXPLANATIONS) == len(after)
    assert after.to_pylist() == before.to_pylist()
    assert describe(after.schema, path) == describe(before.schema, path)


@pytest.mark.parametrize("read", [read_table, check_table])
def test_an_edited_cell_is_found(path, read):
    read(path, EXPLANATIONS)
    table = pq.read_table(path)
    logits = pa.array([2.0000001, None], pa.float64())
    edited = table.set_column(table.column_names.index("logit"), "logit", logits)
    pq.write_table(edited, path)
    with pytest.raises(ArtifactError, match="does not match the hash"):
        read(path, EXPLANATIONS)


def test_an_edited_origin_is_found(path):
    table = pq.read_table(path)
    origin = json.loads(table.schema.metadata[b"ssimball"])
    origin["code"] = "1" * 64
    metadata = table.schema.metadata | {b"ssimball": json.dumps(origin).encode()}
    pq.write_table(table.replace_schema_metadata(metadata), path)
    with pytest.raises(ArtifactError, match="does not match the hash"):
        read_table(path, EXPLANATIONS)


def test_timings_are_no_part_of_the_content(tmp_path):
    row = {"image_id": "a", "status": "attacked", "label": 1, "l2": 0.5}
    hashes = []
    for name, change in {
        "one": {"seconds": 1.0},
        "two": {"seconds": 2.0},
        "l2": {"l2": 0.6},
    }.items():
        write_table(tmp_path / name, ATTACKS, [row | change], ORIGIN)
        hashes.append(content(tmp_path / name))
    assert hashes[0] == hashes[1] != hashes[2]


def test_columns_can_be_read_alone(path):
    assert read_table(path, EXPLANATIONS, ["image_id", "status"]).column_names == [
        "image_id",
        "status",
    ]


def test_the_shape_of_tensors_is_known_from_the_schema(path):
    assert tensor_shape(path, EXPLANATIONS, "map") == GRID.shape


def test_every_contract_names_its_columns_once():
    for contract in CONTRACTS:
        names = [column.name for column in contract.columns]
        assert len(set(names)) == len(names)


def test_words_that_the_contract_does_not_list_are_refused(tmp_path):
    row = {"image_id": "a", "status": "attacked", "label": 1}
    path = tmp_path / "attacks.parquet"
    write_table(path, ATTACKS, [row | {"stored_as": "scaled"}, row], ORIGIN)
    assert read_table(path, ATTACKS)["stored_as"].to_pylist() == ["scaled", None]
    with pytest.raises(
        ArtifactError, match="stored_as = 'shrunk', expected one of rounded, scaled"
    ):
        write_table(path, ATTACKS, [row | {"stored_as": "shrunk"}], ORIGIN)
    loose = replace(
        ATTACKS, columns=tuple(replace(column, values=()) for column in ATTACKS.columns)
    )
    write_table(path, loose, [row | {"stored_as": "shrunk"}], ORIGIN)
    with pytest.raises(ArtifactError, match="row 0 has stored_as = 'shrunk'"):
        read_table(path, ATTACKS)


class Counted(dict):
    """A row that says how many rows there are at a time."""

    alive, most = 0, 0

    def __init__(self, *arguments):
        super().__init__(*arguments)
        Counted.alive += 1
        Counted.most = max(Counted.most, Counted.alive)

    def __del__(self):
        Counted.alive -= 1


def test_a_long_table_is_written_as_at_once_and_with_few_rows_in_memory(tmp_path, monkeypatch):
    def rows():
        for number in range(1000):
            yield Counted(
                {
                    "image_id": f"image {number % 7}",
                    "attack": "fgsm",
                    **SPEARMAN_CAM.columns(),
                    "value": number / 7 if number % 5 else None,
                    "reason": None if number % 5 else "no clean image",
                }
            )

    write_table(tmp_path / "at once", OVERLAP, list(rows()), ORIGIN)
    monkeypatch.setattr(arrow_rows, "PIECE_ROWS", 64)
    Counted.most = 0
    write_table(tmp_path / "in pieces", OVERLAP, rows(), ORIGIN)
    assert (tmp_path / "in pieces").read_bytes() == (tmp_path / "at once").read_bytes()
    assert Counted.most <= 3 * 64
    assert len(list(tmp_path.iterdir())) == 2
    assert read_table(tmp_path / "in pieces", OVERLAP).to_pylist()[6]["value"] == 6 / 7
