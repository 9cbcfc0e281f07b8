"""The figure of the causal test: numbers that are drawn, missing values, readable names."""

import itertools

import numpy as np
import pytest
from PIL import Image

from ssimball.report.figures.causal import causal_figure
from ssimball.report.figures.rows import causal_rows
from ssimball.report.figures.style import save

SETTINGS = {"confidence": 0.95, "top": 0.22}
SETS = ("rest_of_top", "top", "random", "bottom")
#: Sets in the order in which they are drawn, with their areas.
DRAWN = {"all": 1.0, **dict.fromkeys(SETS, 0.2)}
TERMS = ("equal_area", "equal_energy")
AREAS = (0.1, 0.2, 0.5)
NAMES = [f"an_attack_with_names{n:02d}" for n in range(21)]


def numbers(mean, changes=()):
    return {"n": 40, "mean": mean, "ci_low": mean - 0.01, "ci_high": mean + 0.02} | dict(changes)


def summary(attacks, areas=AREAS, **changes):
    """Return rows of the summary whose means are distinct numbers in [0, 1)."""
    keys = [("fooling_rate", 1.0, "equal_area", "all", None)]
    keys += [("fooling_rate", q, "equal_area", name, None) for q in areas for name in SETS]
    others = ("bottom", "random")
    keys += itertools.product(["margin_drop"], areas, TERMS, ["top"], others)
    columns = ("attack", "metric", "area", "terms", "set", "against")
    rows = [
        dict(zip(columns, (attack, *key), strict=True))
        for attack, key in itertools.product(attacks, keys)
    ]
    return [row | numbers(i / len(rows), changes) for i, row in enumerate(rows)]


def value(rows, *key, column="mean"):
    names = ("attack", "metric", "area", "terms", "set", "against")
    [match] = [row for row in rows if tuple(row[name] for name in names) == key]
    return match[column]


def test_each_line_shows_its_rates_and_differences_with_intervals():
    attacks = ["one", "two", "three"]
    rows = summary(attacks)
    rates, *differences = causal_figure(rows, **SETTINGS).axes[:3]
    drawn = [(rates, ("fooling_rate", q, "equal_area", name, None)) for name, q in DRAWN.items()]
    for axes, terms in zip(differences, TERMS, strict=True):
        drawn += [(axes, ("margin_drop", 0.2, terms, "top", o)) for o in ("bottom", "random")]
    boxes = {axes: iter(axes.containers) for axes in (rates, *differences)}
    for axes, key in drawn:
        box = next(boxes[axes])
        means, places = box.lines[0].get_data()
        assert means == pytest.approx([value(rows, attack, *key) for attack in attacks])
        assert np.round(places) == pytest.approx([0, 1, 2])
        ends = np.array(box.lines[2][0].get_segments())[:, :, 0]
        low, high = (
            [value(rows, attack, *key, column=column) for attack in attacks]
            for column in ("ci_low", "ci_high")
        )
        assert pytest.approx(np.array([low, high])) == ends.T
    assert [label.get_text() for label in rates.get_yticklabels()] == attacks
    assert rates.get_xlabel() == "Share of images (n = 40)"


def test_each_small_panel_shows_the_differences_by_area():
    rows = summary(["one", "two"])
    for attack, axes in zip(("one", "two"), causal_figure(rows, **SETTINGS).axes[3:], strict=True):
        assert axes.get_title() == attack
        expected = itertools.product(TERMS, ("bottom", "random"))
        for box, (terms, other) in zip(axes.containers, expected, strict=True):
            areas, means = box.lines[0].get_data()
            assert areas == pytest.approx(AREAS, abs=0.01)
            key = [("margin_drop", q, terms, "top", other) for q in AREAS]
            assert means == pytest.approx([value(rows, attack, *one) for one in key])


def test_missing_values_are_not_drawn_and_their_attack_keeps_its_line(tmp_path):
    curve = {"metric": "deletion_area", "area": None, "terms": None, "set": "cam", "against": None}
    rows = [
        *summary(["one"], ci_low=None, ci_high=None),
        *summary(["two"], n=0, mean=None, ci_low=None, ci_high=None),
        {"attack": "three", **curve, **numbers(0.5)},
    ]
    figure = causal_figure(rows, **SETTINGS)
    axes = figure.axes[0]
    assert [label.get_text() for label in axes.get_yticklabels()] == ["one", "two", "three"]
    for axes in figure.axes[:3]:
        for box in axes.containers:
            assert np.isfinite(box.lines[0].get_xdata()).tolist() == [True, False, False]
    save(figure, tmp_path / "causal")


def test_the_figure_is_drawn_from_its_table_alone(tmp_path):
    rows = summary(["one", "two"])
    chosen = causal_rows(rows, SETTINGS["top"])
    # Of the rates only those of the nearest area.
    assert len(chosen) == len(rows) - 2 * len(SETS) * (len(AREAS) - 1)
    first = save(causal_figure(rows, **SETTINGS), tmp_path / "all")
    second = save(causal_figure(chosen, **SETTINGS), tmp_path / "table")
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]


def test_one_attack_and_one_area_are_drawn_without_small_panels(tmp_path):
    figure = causal_figure(summary(["one"], [0.3]), **SETTINGS)
    assert len(figure.axes) == 3
    assert np.isfinite(figure.axes[1].containers[0].lines[0].get_xdata()).all()
    save(figure, tmp_path / "causal")


@pytest.mark.parametrize("count", [1, 3, 21])
def test_text_does_not_overlap(count, overlapping_texts):
    assert overlapping_texts(causal_figure(summary(NAMES[:count]), **SETTINGS)) == []


def test_equal_rows_give_equal_bytes_seven_inches_wide(tmp_path):
    stems = [tmp_path / "first", tmp_path / "second"]
    first, second = (save(causal_figure(summary(NAMES[:2]), **SETTINGS), stem) for stem in stems)
    assert [path.read_bytes() for path in first] == [path.read_bytes() for path in second]
    with Image.open(first[1]) as image:
        assert image.width == 7 * 220
