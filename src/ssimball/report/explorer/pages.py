"""Pages of the explorer's data: rows of the list, and all numbers of the same images."""

from collections.abc import Iterable, Iterator
from itertools import islice
from typing import Any

from ssimball.report.explorer.layout import page_files, page_size
from ssimball.report.explorer.measures import MEASURES, NUMBERS, OF_ATTACKS
from ssimball.report.explorer.numbers import image_numbers
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.scripted import data_script, rounded
from ssimball.report.explorer.shown import Row, Shown

_COLUMNS = ("id", "label", "predicted", "correct", "status")
_NUMBER = {column.name: place for place, column in enumerate(NUMBERS)}


def data_pages(shown: Shown, overlap: OverlapValues) -> Iterator[tuple[str, str]]:
    """Name and content of both scripts of each page, page by page."""
    images, size = image_numbers(shown, overlap), page_size(len(shown.images))
    page = 0
    while chunk := list(islice(images, size)):
        rows, numbers = page_files(page)
        yield rows, data_script(rows, _list_rows(chunk, page * size, shown.attacks, overlap))
        yield numbers, data_script(numbers, _numbers(chunk, shown))
        page += 1


def _list_rows(
    images: list[Row], first: int, attacks: list[str], overlap: OverlapValues
) -> dict[str, Any]:
    """Column by column, which is shorter than row by row."""
    under = {attack: [row["attacks"][attack] for row in images] for attack in attacks}
    return {
        "first": first,
        **{name: [row[name] for row in images] for name in _COLUMNS},
        "attacks": {attack: _measures(rows, overlap.metrics) for attack, rows in under.items()},
    }


def _measures(rows: list[Row], metrics: list[str]) -> dict[str, list[Any]]:
    found = {"status": [row["numbers"][_NUMBER["status"]] for row in rows]}
    for name in (measure["name"] for measure in MEASURES):
        if name in OF_ATTACKS:
            found[name] = [_short(row["numbers"][_NUMBER[name]]) for row in rows]
        elif name in metrics:
            place = metrics.index(name)
            found[name] = [_short(row["overlap"][place]) for row in rows]
    return found


def _short(value: Any) -> Any:
    return rounded(value) if isinstance(value, float) else value


def _numbers(images: list[Row], shown: Shown) -> dict[str, Any]:
    return {"images": images, "origins": {path: shown.origin(path) for path in _paths(images)}}


def _paths(images: Iterable[Row]) -> list[str]:
    """Tables that these images' numbers come from."""
    sources = [
        source
        for image in images
        for part in (image, *image["attacks"].values())
        for source in part["sources"]
    ]
    return sorted({path for path, _ in sources})
