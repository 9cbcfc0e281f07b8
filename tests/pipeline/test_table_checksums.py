"""What Snakemake reads of a run's files to compare them."""

import asyncio
import os
from random import Random
from types import SimpleNamespace

import pytest
from snakemake.io import _IOFile

from ssimball.pipeline.table_checksums import ALGORITHM, compare_tables_by_footer
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.provenance import Provenance, file_sha256
from ssimball.storage.tables import write_table

ORIGIN = Provenance(stage={"stage": "attack"}, code="0")
#: Bytes of a picture that does not compress.
PICTURE = 1 << 20
#: Largest share of a table of pictures that is read.
LARGEST_SHARE = 0.01


def write_attacks(path, l2=1.0, seconds=1.0):
    rows = [
        {
            "image_id": f"{number}",
            "status": "attacked",
            "label": 0,
            "l2": l2 + number,
            "seconds": seconds,
            "adversarial_png": Random(number).randbytes(PICTURE),
        }
        for number in range(16)
    ]
    write_table(path, ATTACKS, rows, ORIGIN)


@pytest.fixture
def checksum(monkeypatch):
    """``checksum(path, algorithm)`` as Snakemake computes it."""
    monkeypatch.setattr(_IOFile, "checksum", _IOFile.checksum)
    compare_tables_by_footer()
    workflow = SimpleNamespace(iocache=SimpleNamespace(active=False))

    def compute(path, algorithm=None):
        file = _IOFile(str(path), rule=None)
        file.rule = SimpleNamespace(workflow=workflow)
        return asyncio.run(file.checksum(1 << 40, algorithm=algorithm))

    return compute


@pytest.fixture
def bytes_read(monkeypatch):
    """How many bytes were read of files that :func:`open_regular` opened."""
    from ssimball.storage import parquet_footer

    read = []

    class Counting:
        def __init__(self, stream):
            self._stream = stream

        def __enter__(self):
            return self

        def __exit__(self, *_):
            self._stream.close()

        def __getattr__(self, name):
            return getattr(self._stream, name)

        def read(self, count):
            read.append(count)
            return self._stream.read(count)

    opened = parquet_footer.open_regular
    monkeypatch.setattr(parquet_footer, "open_regular", lambda path: Counting(opened(path)))
    return lambda: sum(read)


def test_little_of_a_table_is_read_and_only_once(checksum, bytes_read, tmp_path, monkeypatch):
    path = tmp_path / "00000.parquet"
    write_attacks(path)
    # Reading all bytes would fail.
    monkeypatch.setattr("hashlib.file_digest", None)
    first = checksum(path)
    assert first.startswith(f"{ALGORITHM}:")
    assert 0 < bytes_read() < LARGEST_SHARE * path.stat().st_size
    read = bytes_read()
    assert checksum(path) == first and bytes_read() == read


def test_a_table_has_another_checksum_if_values_or_timings_differ_and_not_if_it_is_newer(
    checksum, tmp_path
):
    path = tmp_path / "00000.parquet"
    write_attacks(path)
    first = checksum(path)
    os.utime(path, (1, 1))
    assert checksum(path) == first
    for changed in ({"l2": 2.0}, {"seconds": 2.0}):
        write_attacks(path, **changed)
        assert checksum(path) != first
        first = checksum(path)


def test_other_files_and_checksums_of_earlier_versions_are_of_all_bytes(checksum, tmp_path):
    table, text = tmp_path / "00000.parquet", tmp_path / "answer.txt"
    write_attacks(table)
    text.write_text("yes")
    assert checksum(text) == f"sha256:{file_sha256(text)}"
    assert checksum(table, "sha256") == f"sha256:{file_sha256(table)}"
    table.write_bytes(b"not a table")
    assert checksum(table, ALGORITHM) == f"sha256:{file_sha256(table)}"
