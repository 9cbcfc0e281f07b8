"""The pages of data: rows of the list, and all numbers of the same images."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ssimball.report.explorer.data_scripts import data_script, rounded
from ssimball.report.explorer.layout import PAGE_IMAGES, page_files
from ssimball.report.explorer.measures import MEASURES, NUMBERS, OF_ATTACKS
from ssimball.report.explorer.numbers import image_numbers
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.run_tables import Row, RunTables

_COLUMNS = ("id", "label", "predicted", "correct", "status")
_NUMBER = {column.name: index for index, column in enumerate(NUMBERS)}


def data_pages(run: RunTables, overlap: OverlapValues) -> Iterator[tuple[str, str]]:
    """Yield name and content of both scripts of each page."""
    images, page = image_numbers(run, overlap), 0
    while chunk := list(islice(images, PAGE_IMAGES)):
        rows, numbers = page_files(page)
        yield rows, data_script(rows, _list_rows(chunk, page * PAGE_IMAGES, run.attacks, overlap))
        yield numbers, data_script(numbers, _numbers(chunk, run))
        page += 1


def _list_rows(
    images: list[Row], first: int, attacks: list[str], overlap: OverlapValues
) -> dict[str, Any]:
    """Return the rows of the list column by column, which takes less space than row by row."""
    under = {attack: [row["attacks"][attack] for row in images] for attack in attacks}
    return {
        "first": first,
        **{name: [row[name] for row in images] for name in _COLUMNS},
        "attacks": {attack: _measures(rows, overlap.metrics) for attack, rows in under.items()},
    }


def _measures(rows: list[Row], metrics: list[str]) -> dict[str, list[Any]]:
    columns = {"status": [row["numbers"][_NUMBER["status"]] for row in rows]}
    for measure in MEASURES:
        name, metric = measure["name"], measure.get("null_of", measure["name"])
        if name in OF_ATTACKS:
            columns[name] = [_short(row["numbers"][_NUMBER[name]]) for row in rows]
        elif metric in metrics:
            index, numbers = metrics.index(metric), "nulls" if "null_of" in measure else "overlap"
            columns[name] = [_short(row[numbers][index]) for row in rows]
    return columns


def _short(value: Any) -> Any:
    return rounded(value) if isinstance(value, float) else value


def _numbers(images: list[Row], run: RunTables) -> dict[str, Any]:
    return {"images": images, "origins": {path: run.origin(path) for path in _paths(images)}}


def _paths(images: Iterable[Row]) -> list[str]:
    """Return the paths of the tables that hold these images' numbers."""
    sources = [
        source
        for image in images
        for part in (image, *image["attacks"].values())
        for source in part["sources"]
    ]
    return sorted({path for path, _ in sources})
