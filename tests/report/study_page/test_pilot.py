"""A pilot's numbers beside those of a run: tables written by hand."""

import math

import pandas as pd
import pytest
import yaml

from ssimball.errors import ArtifactError
from ssimball.report.study_page.pilot import Quantity, compare, pilot_page, read_pilot

QUANTITY = {
    **{"what": "fall, inside", "pilot": 9.0, "images": 2, "table": "noise/*.parquet"},
    **{"where": {"region": "top"}, "column": "fall", "less": "null", "style": ".1f"},
}


@pytest.fixture
def run(tmp_path):
    """Four images, one without a value; two rows of the first."""
    (tmp_path / "noise").mkdir()
    rows = [("d", "top", 3.0, 1.0), ("d", "top", 5.0, 1.0), ("a", "top", None, 1.0)]
    rows += [("c", "top", 2.0, 1.0), ("d", "low", 99.0, 0.0)]
    for shard, some in enumerate((rows, [("b", "top", 6.0, 1.0)])):
        table = pd.DataFrame(some, columns=["image_id", "region", "fall", "null"])
        table.to_parquet(tmp_path / "noise" / f"{shard}.parquet")
    return tmp_path


def test_a_number_is_the_mean_over_images(run):
    found = compare(run, Quantity(**QUANTITY))
    # By image: d 3, c 1, b 5.
    assert (found.all_images, found.count) == (3.0, 3)
    assert found.spread == pytest.approx(1.96 * 2 * math.sqrt(1 / 2 - 1 / 3))


def _page(run, *quantities, **changes):
    path = run / "pilot.yaml"
    experiment = {"title": "Noise", "quantities": list(quantities), "remark": "Why.", **changes}
    path.write_text(yaml.safe_dump({"about": "A pilot.", "experiments": [experiment]}))
    return pilot_page(run, path)


def test_what_is_further_away_than_chance_is_marked(run):
    rows = _page(run, QUANTITY, QUANTITY | {"pilot": 4.6}).splitlines()
    assert "| fall, inside | 9.0 | 3.0 | ±1.6 | differs |" in rows
    assert "| fall, inside | 4.6 | 3.0 | ±1.6 |  |" in rows
    assert rows[-1] == "Why." and rows[-3] == (
        "Images: 2 of the pilot, 3 of this study. 1 of 2 numbers differ: fall, inside."
    )


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"table": "other/*.parquet"}, r"other/\*\.parquet: fall, inside"),
        ({"column": "rise"}, "fall, inside: .*rise"),
        ({"where": {"region": "middle"}}, "fall, inside: no image has a value"),
    ],
)
def test_a_query_that_does_not_fit_the_run_is_named(run, change, message):
    with pytest.raises(ArtifactError, match=message):
        compare(run, Quantity(**(QUANTITY | change)))


def test_a_damaged_file_is_named(tmp_path):
    path = tmp_path / "pilot.yaml"
    with pytest.raises(ArtifactError, match=r"pilot\.yaml: cannot be read"):
        read_pilot(path)
    path.write_text("about: A pilot.\nexperiments: [{name: one}]\n")
    with pytest.raises(ArtifactError, match=r"experiments\.0\.title: Field required"):
        read_pilot(path)
