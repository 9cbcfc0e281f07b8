"""What the footer of a Parquet file states of its columns, read without pyarrow.

pyarrow ends the process (std::terminate) when Python asks for a column that a damaged footer lacks.
The footer is a struct in Thrift's compact protocol, described by parquet.thrift of Apache Parquet.
"""

import hashlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ssimball.storage.regular_files import open_regular

_MAGIC, _TAIL = b"PAR1", 8
#: Stands in the footer of every table that ssimball writes, see :mod:`ssimball.storage.tables`.
_HASH_OF_VALUES = b'"content_sha256":'
#: Bytes of the largest footer, and levels of structs; parquet.thrift needs seven.
_MAX_FOOTER, _MAX_DEPTH = 16 << 20, 12
_TRUE, _FALSE, _BYTE, _DOUBLE, _BINARY, _LIST, _SET, _STRUCT = 1, 2, 3, 7, 8, 9, 10, 12
_INTEGERS = (4, 5, 6)
#: Numbers of fields: of FileMetaData, RowGroup, ColumnChunk and ColumnMetaData.
_ROW_GROUPS, _COLUMNS, _META, _ENCODINGS, _VALUES, _UNCOMPRESSED = 4, 1, 3, 2, 5, 6


@dataclass(frozen=True)
class Chunk:
    """A column of a row group.

    Attributes:
        encodings: numbers of its encodings.
        values: number of its values.
        uncompressed: bytes of its pages once they are decompressed.
    """

    encodings: frozenset[int]
    values: int
    uncompressed: int


def chunks(path: Path) -> Iterator[Chunk]:
    """Yield all columns of all row groups.

    Raises:
        OSError: the file cannot be read.
        ValueError: its footer is damaged.
    """
    try:
        for group in _Reader(_footer(path)).struct(0).get(_ROW_GROUPS, []):
            for column in group[_COLUMNS]:
                meta = column[_META]
                yield Chunk(frozenset(meta[_ENCODINGS]), meta[_VALUES], meta[_UNCOMPRESSED])
    except (IndexError, KeyError, TypeError, AttributeError):
        raise ValueError("its footer is damaged") from None


def table_sha256(path: Path) -> str | None:
    """Return the hex sha256 of a stored table's footer, which holds a hash of all its values.

    It also states where columns lie in the file and their ranges, so it changes with timings, too.

    Returns:
        None if the footer holds no hash of values, since ssimball did not write the file.

    Raises:
        OSError: the file cannot be read.
        ValueError: it has no footer.
    """
    footer = _footer(path)
    return hashlib.sha256(footer).hexdigest() if _HASH_OF_VALUES in footer else None


def _footer(path: Path) -> bytes:
    with open_regular(path) as stream:
        size = os.fstat(stream.fileno()).st_size
        stream.seek(max(0, size - _TAIL))
        tail = stream.read(_TAIL)
        length = int.from_bytes(tail[:4], "little")
        if tail[4:] != _MAGIC or length > min(_MAX_FOOTER, size - _TAIL):
            raise ValueError("no footer of a Parquet file")
        stream.seek(size - _TAIL - length)
        return stream.read(length)


class _Reader:
    """Reads a struct as a dict of its fields by number; no more than the bytes there are."""

    def __init__(self, content: bytes) -> None:
        self._content, self._place = content, 0

    def struct(self, depth: int) -> dict[int, Any]:
        if depth > _MAX_DEPTH:
            raise ValueError("its footer is too deep")
        fields: dict[int, Any] = {}
        number = 0
        while header := self._byte():
            number = number + (header >> 4) if header >> 4 else self._integer()
            fields[number] = self._value(header & 15, depth)
        return fields

    def _value(self, kind: int, depth: int) -> Any:
        if kind in (_TRUE, _FALSE):
            return kind == _TRUE
        if kind == _BYTE:
            return self._byte()
        if kind in _INTEGERS:
            return self._integer()
        if kind == _DOUBLE:
            return self._bytes(8)
        if kind == _BINARY:
            return self._bytes(self._varint())
        if kind == _STRUCT:
            return self.struct(depth + 1)
        if kind in (_LIST, _SET):
            header = self._byte()
            count = header >> 4 if header >> 4 < 15 else self._varint()
            if count > len(self._content) - self._place:  # an element takes a byte at least
                raise ValueError("its footer is damaged")
            kind = header & 15
            # Bools in lists are bytes of their own.
            return [
                self._byte() if kind in (_TRUE, _FALSE) else self._value(kind, depth + 1)
                for _ in range(count)
            ]
        raise ValueError("its footer is damaged")

    def _byte(self) -> int:
        value = self._content[self._place]
        self._place += 1
        return value

    def _bytes(self, count: int) -> bytes:
        end = self._place + count
        if end > len(self._content):
            raise ValueError("its footer is damaged")
        value, self._place = self._content[self._place : end], end
        return value

    def _varint(self) -> int:
        value = shift = 0
        while shift < 64:
            byte = self._byte()
            value |= (byte & 127) << shift
            if byte < 128:
                return value
            shift += 7
        raise ValueError("its footer is damaged")

    def _integer(self) -> int:
        value = self._varint()
        return (value >> 1) ^ -(value & 1)
