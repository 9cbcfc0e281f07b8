"""The main figure: what it shows of the tables, and names that do not overlap."""

import numpy as np
import pytest

from ssimball.report.figures.evidence import evidence_figure
from ssimball.report.figures.evidence_rows import evidence_rows
from ssimball.report.figures.style import save

ATTACKS = {"ssim_ball": (1.0, 0.3), "pgd": (1.0, 0.29), "noise": (0.0, -0.2)}
PRIMARY = [
    {"attack": name, "is_control": name == "noise", "n": 20, "effect": effect}
    | {"ci_low": effect - 0.1, "ci_high": effect + 0.1}
    for name, (_, effect) in ATTACKS.items()
]
FACTS = [
    {"attack": name, "measure": "fooling_rate", "reference": None, "distortion": None}
    | {"n": 20, "mean": fooled, "ci_low": None, "ci_high": None}
    for name, (fooled, _) in ATTACKS.items()
]
CLASSES = [
    {"attack": "ssim_ball", "measure": f"over_{role}", "reference": "cam", "distortion": "deficit"}
    | {"n": 20, "mean": mean, "ci_low": mean - 0.1, "ci_high": mean + 0.1}
    for role, mean in {"runner_up": 0.05, "top_ten": 0.1}.items()
]
RANDOMISED = [
    {"layers": layers, "measure": "spearman", "reference": "cam", "distortion": "deficit"}
    | {"n": 20, "difference": value, "difference_ci_low": None, "difference_ci_high": None}
    for layers, value in {"0": 0.3, "all": 0.0}.items()
]


def test_it_shows_tests_classes_and_networks_of_the_tables():
    rows = evidence_rows(PRIMARY, [*FACTS, *CLASSES], RANDOMISED, "ssim_ball")
    shown = [(row["panel"], row["label"], row["difference"], row.get("fooled")) for row in rows]
    assert shown == [
        *(("fooling", name, effect, fooled) for name, (fooled, effect) in ATTACKS.items()),
        ("class", "other_images", 0.3, None),
        ("class", "top_ten", 0.1, None),
        ("class", "runner_up", 0.05, None),
        ("network", "0", 0.3, None),
        ("network", "all", 0.0, None),
    ]
    assert [row["panel"] for row in evidence_rows(PRIMARY, FACTS)] == ["fooling"] * 3


def test_names_of_near_points_are_apart_and_all_is_drawn(tmp_path):
    rows = evidence_rows(PRIMARY, [*FACTS, *CLASSES], RANDOMISED, "ssim_ball")
    figure = evidence_figure(rows, confidence=0.95, attack="ssim_ball")
    main, classes, networks = figure.axes
    heights = {text.get_text(): text.get_position()[1] for text in main.texts}
    low, high = main.get_ylim()
    assert abs(heights["pgd"] - heights["ssim_ball"]) > 0.05 * (high - low)
    assert heights["noise"] == pytest.approx(-0.2, abs=0.03 * (high - low))
    assert [label.get_text() for label in classes.get_yticklabels()][-1] == "runner-up class"
    drawn = np.concatenate([line.get_xdata() for line in networks.containers[0].lines[:1]])
    np.testing.assert_allclose(drawn, [0.3, 0.0])
    save(figure, tmp_path / "evidence")
    alone = evidence_figure(evidence_rows(PRIMARY, FACTS), confidence=0.95, attack=None)
    assert len(alone.axes) == 1
