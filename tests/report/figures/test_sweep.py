"""The figures of the sensitivity sweep show every level of attack and control in its place."""

import pytest

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_columns
from ssimball.report.figures.dose import dose_figure
from ssimball.report.figures.rows import sensitivity_rows
from ssimball.report.figures.sensitivity import sensitivity_figure

#: Factor, value, whether it is about the control, effect, share fooled.
LEVELS = [
    ("tau", "2/255", False, 0.1, 0.9),
    ("tau", "8/255", False, 0.5, 0.8),
    ("steps", "1", False, 0.5, 0.8),
    ("steps", "5", False, 0.3, 1.0),
    ("tau", "2/255", True, 0.2, 0.0),
    ("tau", "8/255", True, 0.6, 0.1),
]
#: Kind, whether it is about the control, dose, effect, share fooled.
DOSES = [
    ("dose", False, 0.1, 0.2, 0.9),
    ("dose", False, 0.01, 0.5, 0.8),
    ("dose", True, 0.1, 0.3, 0.1),
    ("dose", True, 0.01, 0.6, 0.0),
    ("smallest", False, 0.001, 0.4, 1.0),
]


def swept(factor, value, is_control, effect, fooled):
    level = {"factor": factor, "level": value, "is_control": is_control}
    level |= {"is_base": value in ("8/255", "1"), "attack": "signs" if is_control else "ball"}
    overlap = {"mean": 0.7, "difference": effect}
    overlap |= {"difference_ci_low": effect - 0.1, "difference_ci_high": effect + 0.1}
    facts = {"mean": fooled, "ci_low": fooled, "ci_high": fooled}
    return [
        {**level, **quantity_columns(SPEARMAN_CAM), **overlap},
        {**level, **quantity_columns("fooling_rate"), **facts},
        {**level, **quantity_columns("margin"), "mean": -1.0},
    ]


def means(axes):
    """Coordinates of the points of each attack, which are drawn as error bars."""
    lines = [container.lines[0] for container in axes.containers]
    return [list(zip(line.get_xdata(), line.get_ydata(), strict=True)) for line in lines]


def test_each_level_has_a_line_with_attack_and_control():
    rows = sensitivity_rows([row for level in LEVELS for row in swept(*level)])
    assert len(rows) == 2 * len(LEVELS)
    figure = sensitivity_figure(rows, confidence=0.95)
    effect, fooled = figure.axes
    names = [label.get_text() for label in effect.get_yticklabels()]
    assert names == ["2/255", "8/255", "1", "5"]
    bold = [label.get_text() for label in effect.get_yticklabels() if label.get_weight() == "bold"]
    assert bold == ["8/255", "1"]
    for axes, column in ((effect, 3), (fooled, 4)):
        for points, is_control in zip(means(axes), (False, True), strict=True):
            levels = [level for level in LEVELS if level[2] == is_control]
            assert [x for x, _ in points] == [level[column] for level in levels]
            lines = dict(zip(names, effect.get_yticks(), strict=True))
            for (_, y), level in zip(points, levels, strict=True):
                assert abs(y - lines[level[1]]) < 0.5


def test_the_dose_is_on_the_axis_and_the_smallest_stands_apart():
    keys = ("kind", "is_control", "dose", "difference", "fooled")
    rows = [dict(zip(keys, dose, strict=True)) for dose in DOSES]
    rows = [{**row, "attack": "signs" if row["is_control"] else "ball"} for row in rows]
    ends = ("ci_low", "ci_high", "fooled_low", "fooled_high")
    figure = dose_figure([{**row, **dict.fromkeys(ends)} for row in rows], confidence=0.95)
    for axes, column in zip(figure.axes, (3, 4), strict=True):
        attack, control, smallest = means(axes)
        for points, chosen in ((attack, DOSES[1::-1]), (control, DOSES[3:1:-1])):
            # Attack and control are a little apart.
            assert [x for x, _ in points] == pytest.approx([dose[2] for dose in chosen], rel=0.05)
            assert [y for _, y in points] == [dose[column] for dose in chosen]
        assert smallest == [(0.001, DOSES[4][column])]
    assert figure.axes[1].get_xscale() == "log"
