"""One image by all attacks: which image, and its drawing."""

import numpy as np
import pytest

from ssimball.report.figures.example import ExampleBlock, ExampleImage, example_figure
from ssimball.report.figures.sheet_rows import example_of
from ssimball.report.figures.style import save
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLEAN
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

DEFAULTS = {"string": "", "bool": False, "int32": 0, "float64": 0.0, "binary": b""}
ORIGIN = Provenance({"stage": "any"}, code="0" * 64)


def write(path, contract, rows):
    """Write a table whose other columns are empty."""
    empty = {
        column.name: None if column.nullable else DEFAULTS[column.type]
        for column in contract.columns
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_table(path, contract, [empty | row for row in rows], ORIGIN)
    return str(path)


@pytest.mark.parametrize(
    ("stored", "expected"),
    [
        ({"one": "bcd", "two": "acd"}, ("00000", "c")),
        ({"one": "d", "two": "d"}, ("00001", "d")),
        # No image has both: the first of those with one.
        ({"one": "b", "two": "c"}, ("00000", "b")),
        ({"one": "", "two": ""}, None),
    ],
)
def test_it_is_the_first_image_that_every_attack_stored(tmp_path, stored, expected):
    shards = {"00000": "abc", "00001": "d"}
    clean = [
        write(tmp_path / "clean" / f"{shard}.parquet", CLEAN, [{"image_id": one} for one in images])
        for shard, images in shards.items()
    ]
    attacks = [
        write(
            tmp_path / attack / f"{shard}.parquet",
            ATTACKS,
            [
                {"image_id": one, "status": "attacked" if one in names else "skipped: any"}
                for one in images
            ],
        )
        for attack, names in stored.items()
        for shard, images in shards.items()
    ]
    assert example_of(clean, attacks) == expected


@pytest.mark.parametrize("count", [1, 13, 25])
@pytest.mark.parametrize("under_attack", [True, False])
def test_texts_are_apart_and_the_page_is_no_longer_than_a_page(
    count, under_attack, tmp_path, overlapping_texts
):
    rng = np.random.default_rng(0)
    clean = rng.integers(0, 255, (40, 40, 3), dtype=np.uint8)
    image = ExampleImage("id", "German short-haired pointer, dog", clean, rng.random((7, 7)))
    block = ExampleBlock(
        attack="an_attack_with_a_long_name_00",
        group="control",
        predicted_name="German short-haired pointer with a long name",
        fooled=True,
        mean_ssim=0.99,
        adversarial=255 - clean,
        ssim_map=rng.random((30, 30)),
        cam=rng.random((7, 7)) if under_attack else None,
    )
    figure = example_figure(image, [block] * count, amplify=10.0)
    assert overlapping_texts(figure) == []
    assert figure.get_size_inches()[1] < 11
    if count == 1:
        save(figure, tmp_path / "example")


def test_without_an_image_the_figure_says_so():
    assert "No image to show" in example_figure(None, [], amplify=10.0).texts[0].get_text()
