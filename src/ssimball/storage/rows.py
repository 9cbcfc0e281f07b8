"""Read single rows of stored tables by image."""

from functools import cache
from pathlib import Path
from typing import Any

from ssimball.storage.contracts.columns import Contract
from ssimball.storage.tables import read_table, tensor


@cache
def row_number(path: Path, contract: Contract, image_id: str) -> int:
    """Return the number of an image's first row, from 0.

    Raises:
        ArtifactError: the table cannot be read.
        ValueError: the table has no such image.
    """
    image_ids: list[str] = read_table(path, contract, ["image_id"]).column("image_id").to_pylist()
    return image_ids.index(image_id)


@cache
def record(
    path: Path, contract: Contract, image_id: str, tensors: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Return an image's first row by column name.

    Results are cached, because several readers ask for the same clean images and maps.

    Args:
        path: the table's file.
        contract: what the file must be.
        image_id: the image.
        tensors: tensor columns to include, as arrays or None. Other tensor columns are left out.

    Raises:
        ArtifactError: the table cannot be read.
        ValueError: the table has no such image.
    """
    plain = [column.name for column in contract.columns if not column.dims]
    table = read_table(path, contract, [*plain, *tensors])
    number = row_number(path, contract, image_id)
    arrays = {name: tensor(table, name, number) for name in tensors}
    row: dict[str, Any] = table.select(plain).slice(number, 1).to_pylist()[0]
    return row | arrays
