"""Describe stored tables: columns, contracts, and columns that many tables share."""

import re
from dataclasses import dataclass

import pyarrow as pa


@dataclass(frozen=True)
class Column:
    """One column of a stored table.

    Attributes:
        name: its name in the file.
        type: a key of :data:`ARROW`; of a tensor column, the type of its elements. The shape of
            the elements is fixed within a file.
        meaning: what it holds, for docs/formats.md.
        nullable: whether it may be null.
        dims: names of the dimensions of a tensor column, e.g. ``("C", "H", "W")``.
        volatile: whether it differs between equal runs, as timings do.
        values: the only values of a column of words, if they are known; empty: any.
    """

    name: str
    type: str
    meaning: str
    nullable: bool = False
    dims: tuple[str, ...] = ()
    volatile: bool = False
    values: tuple[str, ...] = ()

    def accepts(self, kind: pa.DataType) -> bool:
        """Return whether a stored column of this Arrow type honours the contract."""
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
    "list<int32>": pa.list_(pa.field("element", pa.int32())),
    "list<float32>": pa.list_(pa.field("element", pa.float32())),
    "list<float64>": pa.list_(pa.field("element", pa.float64())),
}


@dataclass(frozen=True)
class Contract:
    """A stored table.

    Attributes:
        name: identifies the table in files' metadata.
        path: where it lies in the run's folder, with ``<attack>`` and the like to fill in.
        row: what one row is.
        columns: in their stored order.
        may_be_empty: whether it may have no row.
    """

    name: str
    path: str
    row: str
    columns: tuple[Column, ...]
    may_be_empty: bool = False

    @property
    def volatile(self) -> frozenset[str]:
        """Names of the columns that differ between equal runs; the content hash leaves them out."""
        return frozenset(column.name for column in self.columns if column.volatile)

    def at(self, **names: str) -> str:
        """Return the path in a run's folder, with the names of attack, explanation or shard put in.

        Names that the path does not contain are ignored.
        """
        return re.sub("<([a-z]+)>", lambda match: names[match[1]], self.path)


IMAGE_ID = Column("image_id", "string", "Identifies the image in its data set.")
LABEL = Column(
    "label",
    "int32",
    "True class, index in the network's order; with random weights the predicted class.",
)


#: Version of the stored formats; a file of another version is refused.
VERSION = 4
_NETWORKS = "networks"


def network_prefix(name: str | None) -> str:
    """Return the prefix of the paths of a network's files; empty for the run's own network.

    Examples:
        >>> network_prefix("resnet"), network_prefix(None)
        ('networks/resnet/', '')
    """
    return "" if name is None else f"{_NETWORKS}/{name}/"


def network_name(prefix: str) -> str | None:
    """Return the network that a prefix of :func:`network_prefix` belongs to."""
    return prefix.removeprefix(f"{_NETWORKS}/").removesuffix("/") or None
