"""Tables of an earlier stage that are damaged, foreign, or of another version."""

import json
from functools import partial

import pyarrow as pa
import pyarrow.parquet as pq

from ssimball.errors import ArtifactError
from ssimball.storage.contracts.columns import VERSION
from ssimball.storage.contracts.images import CLASSES, CLEAN
from ssimball.storage.tables import KEY, read_table, stored_content, write_table

from .cases import Case
from .rows import ORIGIN

ROWS = [{"image_id": "a", "status": "failed: a.jpg: not an image", "label": 3}]
ZSTD = b"\x28\xb5\x2f\xfd"  # RFC 8878, section 3.1.1
AGAIN = "delete it and run again"
NO_PARQUET = f"damaged or not Parquet (…); {AGAIN}"


def damaged(change, folder, read=lambda path: read_table(path, CLEAN)):
    """Read a table after a change of its bytes."""
    path = folder / "clean.parquet"
    write_table(path, CLEAN, ROWS, ORIGIN)
    path.write_bytes(change(path.read_bytes()))
    read(path)


def described(change, folder, columns=None):
    """Read a table after a change of its metadata."""
    path = folder / "clean.parquet"
    write_table(path, CLEAN, ROWS, ORIGIN)
    table = pq.read_table(path)
    metadata = change(json.loads(table.schema.metadata[KEY]))
    kept = None if metadata is None else {KEY: json.dumps(metadata)}
    pq.write_table(table.replace_schema_metadata(kept), path)
    read_table(path, CLEAN, columns)


def edited(folder):
    path = folder / "clean.parquet"
    write_table(path, CLEAN, ROWS, ORIGIN)
    table = pq.read_table(path)
    pq.write_table(table.set_column(2, "label", pa.array([4], pa.int32())), path)
    read_table(path, CLEAN)


def other_table(folder):
    path = folder / "clean.parquet"
    write_table(path, CLASSES, [{"label": 0, "name": "cat"}], ORIGIN)
    read_table(path, CLEAN)


def foreign(folder):
    path = folder / "clean.parquet"
    pq.write_table(pa.table({"image_id": ["a"]}), path)
    read_table(path, CLEAN)


def flipped(content):
    """Flip one bit of the first page."""
    place = content.index(ZSTD) + 12
    return content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :]


def column_missing(folder):
    path = folder / "clean.parquet"
    write_table(path, CLEAN, ROWS, ORIGIN)
    pq.write_table(pq.read_table(path).drop_columns("margin"), path)
    read_table(path, CLEAN)


OLD = (
    f"has version 0 of the formats, expected {VERSION}; {AGAIN}, or use the version of "
    "ssimball that wrote it"
)
FOUND = [
    ("half", partial(damaged, lambda content: content[: len(content) // 2]), NO_PARQUET),
    ("empty", partial(damaged, lambda _: b""), NO_PARQUET),
    ("text", partial(damaged, lambda _: b"no table"), NO_PARQUET),
    ("a bit", partial(damaged, flipped), NO_PARQUET),
    (
        "half of an input that is not read",
        partial(damaged, lambda content: content[:100], read=stored_content),
        NO_PARQUET,
    ),
    (
        "edited",
        edited,
        "its content does not match the hash stored with it; it was changed after it was written; "
        + AGAIN,
    ),
    ("another table", other_table, f"is a table 'classes', expected 'clean'; {AGAIN}"),
    (
        "another table's name",
        partial(described, lambda found: {**found, "contract": "classes"}),
        f"is a table 'classes', expected 'clean'; {AGAIN}",
    ),
    ("older version", partial(described, lambda found: {**found, "version": 0}), OLD),
    (
        "older version, some columns",
        partial(described, lambda found: {**found, "version": 0}, columns=["label"]),
        OLD,
    ),
    ("another program's", foreign, f"was not written by ssimball (no metadata); {AGAIN}"),
    (
        "without metadata",
        partial(described, lambda _: None, columns=["label"]),
        f"was not written by ssimball (no metadata); {AGAIN}",
    ),
    (
        "other metadata",
        partial(described, lambda _: [1]),
        f"damaged (unreadable metadata); {AGAIN}",
    ),
    ("fewer columns", column_missing, f"columns [… 'logits'…], expected [… 'margin'…]; {AGAIN}"),
    (
        "gone",
        lambda folder: read_table(folder / "clean.parquet", CLEAN),
        "no such file; run the stage that makes it",
    ),
    (
        "gone, only named",
        lambda folder: stored_content(folder / "clean.parquet"),
        "no such file; run the stage that makes it",
    ),
]
CASES = [
    Case(name, make, f"HERE/clean.parquet: {message}", ArtifactError)
    for name, make, message in FOUND
]
