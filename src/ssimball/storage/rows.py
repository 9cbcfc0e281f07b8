"""Single rows of stored tables, by their image."""

from functools import cache
from pathlib import Path
from typing import Any

from ssimball.storage.contracts.columns import Contract
from ssimball.storage.tables import read_table, tensor


@cache
def row_number(path: Path, contract: Contract, image_id: str) -> int:
    """Number of an image's first row, from 0.

    Raises:
        ArtifactError: the table cannot be read.
        ValueError: it has no such image.
    """
    names: list[str] = read_table(path, contract, ["image_id"]).column("image_id").to_pylist()
    return names.index(image_id)


@cache
def record(
    path: Path, contract: Contract, image_id: str, tensors: tuple[str, ...] = ()
) -> dict[str, Any]:
    """An image's first row, with the named tensor columns as arrays, None where they are null.

    Kept, because several readers ask for the same clean images and maps.

    Raises:
        As :func:`row_number`.
    """
    plain = [column.name for column in contract.columns if not column.dims]
    table = read_table(path, contract, [*plain, *tensors])
    number = row_number(path, contract, image_id)
    arrays = {name: tensor(table, name, number) for name in tensors}
    row: dict[str, Any] = table.select(plain).slice(number, 1).to_pylist()[0]
    return row | arrays
