"""The figure of paired comparisons: signs, missing values, readable names."""

import itertools

import numpy as np
import pytest

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM
from ssimball.report.figures.paired import paired_figure
from ssimball.report.figures.rows import paired_rows
from ssimball.report.figures.style import save

NAMES = [f"an_attack_with_names{n:02d}" for n in range(21)]


def pair(attack, other, difference, **changes):
    row = {"attack": attack, "other": other, **SPEARMAN_CAM.columns(), "n": 40}
    return {**row, "mean_difference": difference, **changes}


def pairs(count):
    return [
        pair(one, other, 0.1 * (i % 7) - 0.3)
        for i, (one, other) in enumerate(itertools.combinations(NAMES[:count], 2))
    ]


def test_cells_are_row_minus_column():
    rows = [
        pair("a", "b", 0.2),
        pair("a", "c", -0.5),
        pair("b", "c", None, n=0),
        pair("a", "b", 9.0, **TOP_SHARE_CAM.columns()),
    ]
    figure = paired_figure(paired_rows(rows))
    [image] = figure.axes[0].images
    shown = np.ma.filled(image.get_array(), np.nan)
    expected = [[np.nan, 0.2, -0.5], [-0.2, np.nan, np.nan], [0.5, np.nan, np.nan]]
    assert shown == pytest.approx(np.array(expected), nan_ok=True)
    assert image.get_clim() == (-0.5, 0.5)
    assert not figure.axes[0].lines
    for axis in (figure.axes[0].xaxis, figure.axes[0].yaxis):
        assert [label.get_text() for label in axis.get_majorticklabels()] == ["a", "b", "c"]


def test_without_pairs_the_figure_says_so_and_without_values_it_stays_grey(tmp_path):
    figure = paired_figure([])
    assert "Nothing to compare" in figure.texts[0].get_text()
    save(figure, tmp_path / "paired")
    save(paired_figure([pair("a", "b", None)]), tmp_path / "paired")


@pytest.mark.parametrize("count", [2, 3, 21])
def test_text_does_not_overlap(count, overlapping_texts):
    figure = paired_figure(pairs(count))
    assert overlapping_texts(figure) == []
    assert figure.get_size_inches()[0] <= 7


def test_equal_rows_give_equal_bytes(tmp_path):
    stems = [tmp_path / "first", tmp_path / "second"]
    first, second = (save(paired_figure(pairs(3)), stem) for stem in stems)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
