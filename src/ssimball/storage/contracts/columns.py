"""What a stored table is made of, and the columns that many have."""

import re
from dataclasses import dataclass
from typing import Literal

import pyarrow as pa

#: A tensor column's element type; its shape is fixed within a file and named by dimensions here.
TensorOf = Literal["float16", "float32", "float64"]


@dataclass(frozen=True)
class Column:
    """One column. ``dims`` names the dimensions of a tensor column, e.g. ``("C", "H", "W")``."""

    name: str
    type: str
    meaning: str
    nullable: bool = False
    dims: tuple[str, ...] = ()
    volatile: bool = False

    def accepts(self, kind: pa.DataType) -> bool:
        """Whether a stored column of this Arrow type honours the contract."""
        if not self.dims:
            return bool(kind == ARROW[self.type])
        return (
            isinstance(kind, pa.FixedShapeTensorType)
            and bool(kind.value_type == ARROW[self.type])
            and len(kind.shape) == len(self.dims)
        )


ARROW: dict[str, pa.DataType] = {
    "string": pa.string(),
    "bool": pa.bool_(),
    "int32": pa.int32(),
    "float16": pa.float16(),
    "float32": pa.float32(),
    "float64": pa.float64(),
    "binary": pa.binary(),
    # Parquet calls the items of a list "element"; so does what is read back.
    "list<bool>": pa.list_(pa.field("element", pa.bool_())),
    "list<float32>": pa.list_(pa.field("element", pa.float32())),
    "list<float64>": pa.list_(pa.field("element", pa.float64())),
}


@dataclass(frozen=True)
class Contract:
    """A stored table: where it lies, what a row is, its columns, whether it may have no row."""

    name: str
    path: str
    row: str
    columns: tuple[Column, ...]
    may_be_empty: bool = False

    @property
    def volatile(self) -> frozenset[str]:
        """Columns that differ between equal runs and are no part of the content hash."""
        return frozenset(column.name for column in self.columns if column.volatile)

    def at(self, **names: str) -> str:
        """Path in the folder of a run: attack, explanation, shard by name; others are left out."""
        return re.sub("<([a-z]+)>", lambda match: names[match[1]], self.path)


IMAGE_ID = Column("image_id", "string", "Identifies the image in its data set.")
LABEL = Column("label", "int32", "True class, index in the network's order.")


_FOLDER = "networks"


def network_place(name: str | None) -> str:
    """What the paths of a network's files begin with; empty for the run's own network."""
    return "" if name is None else f"{_FOLDER}/{name}/"


def network_name(place: str) -> str | None:
    """The network that a beginning of :func:`network_place` is of."""
    return place.removeprefix(f"{_FOLDER}/").removesuffix("/") or None


VERSION = 1
