"""The figure of the region test: which rows it shows, and drawings of unusual runs."""

import pytest

from ssimball.report.figures.region_test import region_rows, region_test_figure
from ssimball.report.figures.style import save
from ssimball.storage.contracts.region_names import REGIONS


def summary(missing=()):
    """Return a row per region, of the region test; the fall of region k is k."""
    rows = []
    for k, region in enumerate(REGIONS):
        means = {"margin_fall": float(k), "fooling_rate": k / 10}
        row = {"region": region, "n": 0 if region in missing else 5}
        for name, value in means.items():
            row |= {name: value, f"{name}_low": value - 0.01, f"{name}_high": value + 0.01}
        rows.append({**row, "share_low": k / 10, "share_high": k / 10 + 0.05, "over_random": 1.0})
    return rows


def test_rows_are_those_of_regions_with_values_of_both_kinds():
    noise = [{k: v for k, v in row.items() if "share" not in k} for row in summary()]
    rows = region_rows(summary(missing=("object",)), noise)
    shown = [(row["kind"], row["region"]) for row in rows]
    assert ("attack", "object") not in shown and ("noise", "object") in shown
    assert len(shown) == 2 * len(REGIONS) - 1
    assert rows[-1]["share_low"] is None and rows[0]["share_high"] == 0.05


@pytest.mark.parametrize("noise", [summary(), []], ids=["noise", "no noise"])
def test_the_figure_is_drawn_with_texts_apart(noise, tmp_path, overlapping_texts):
    rows = region_rows(summary(missing=("object",)), noise)
    figure = region_test_figure(rows, attack="an_attack_with_a_long_name", confidence=0.95)
    assert not overlapping_texts(figure)
    # In the first panel, a line of points with an interval for each kind.
    falls = [
        point for box in figure.axes[0].containers for point in box[0].get_xdata() if point == point
    ]
    assert sorted(set(falls)) == [k for k, name in enumerate(REGIONS) if name != "object"]
    assert save(figure, tmp_path / "figure")


def test_a_run_without_values_says_so(tmp_path):
    figure = region_test_figure([], attack="ball", confidence=0.95)
    (text,) = figure.texts
    assert "No region test" in text.get_text()
