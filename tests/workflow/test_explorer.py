"""The explorer of a run has all its files, and shows in a browser what the tables hold."""

import json

import pandas as pd
import pytest

from ssimball.overlap.metric import COLUMNS, TOP_IOU_CAM, TOP_SHARE_CAM
from ssimball.report.explorer.layout import explorer_files
from ssimball.storage.checksums import CHECKSUMS, parse_checksums

METRICS = (TOP_SHARE_CAM, TOP_IOU_CAM)


@pytest.fixture(scope="module")
def results(small_run):
    return small_run.folder / "results" / "small"


def test_checksums_list_all_its_files(results):
    listed = parse_checksums((results / CHECKSUMS).read_bytes())
    expected = set(explorer_files(4, 500))
    assert {path for path in listed if path.startswith("report/")} == expected
    present = {p.relative_to(results).as_posix() for p in (results / "report").rglob("*.*")}
    assert present == expected


@pytest.mark.browser
def test_every_image_opens_under_every_attack(results, open_explorer, small):
    page = open_explorer(results)
    keys = ["attack", "image_id", *COLUMNS]
    overlap = pd.read_parquet(results / "overlap.parquet").set_index(keys)["value"]
    ids = page.evaluate("list.shown()")
    assert len(ids) == 4
    for image in ids:
        for attack in small["attacks"]:
            page.evaluate(f"location.hash = linkTo({json.dumps(image)}, {json.dumps(attack)})")
            page.wait_for_function(
                "text => document.getElementById('viewer').dataset.shown === text",
                arg=f"{image} {attack}",
            )
            values = [overlap[attack, image, *metric.columns().values()] for metric in METRICS]
            note = page.inner_text("#overlay-note")
            if pd.isna(values).any():  # nothing is left of this run's FGSM
                assert note == ""
            else:
                assert all(f"{value:.3f}" in note for value in values)
