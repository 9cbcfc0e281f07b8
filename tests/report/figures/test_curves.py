"""Deletion and insertion: means over images, areas, and drawings of unusual runs."""

import numpy as np
import pandas as pd
import pytest

from ssimball.report.figures.curve_rows import curve_rows
from ssimball.report.figures.curves import curves_figure
from ssimball.report.figures.style import save

SHARES = (0.0, 0.4, 1.0)


def curve(image, order, kind, *probabilities, attack=None):
    row = {"image_id": image, "order": order, "kind": kind}
    values = {"shares": np.array(SHARES), "probabilities": np.array(probabilities)}
    return {**row, **values, **({"attack": attack} if attack else {})}


def area(attack, kind, mean):
    row = {"attack": attack, "kind": kind, "order": "deficit", "against": "random"}
    return {**row, "n": 2, "mean": mean, "ci_low": mean - 0.1, "ci_high": mean + 0.1}


CURVES = [
    curve("a", "deficit", "deletion", 1.0, 0.4, 0.0, attack="ball"),
    curve("b", "deficit", "deletion", 0.8, 0.2, 0.2, attack="ball"),
    curve("c", "deficit", "deletion", attack="ball") | {"shares": None, "probabilities": None},
]
REFERENCES = [
    curve("a", "cam", "deletion", 1.0, 0.0, 0.0),
    curve("b", "cam", "deletion", 0.8, 0.2, 0.2),
    # Not attacked.
    curve("d", "cam", "deletion", 0.0, 0.0, 0.0),
]


def test_curves_are_means_over_attacked_images_and_areas_those_of_the_summary():
    others = [{**area("ball", "deletion", 9.0), "against": "cam"}]
    summary = [area("ball", "deletion", -0.2), *others]
    rows = curve_rows(pd.DataFrame(CURVES), pd.DataFrame(REFERENCES), summary)
    shown = [(row["attack"], row["order"], row.get("share"), row["mean"]) for row in rows]
    assert [one[:3] for one in shown] == [
        *((None, "cam", share) for share in SHARES),
        *(("ball", "deficit", share) for share in SHARES),
        ("ball", "deficit", None),
    ]
    assert [one[3] for one in shown] == pytest.approx([0.9, 0.1, 0.1, 0.9, 0.3, 0.1, -0.2])


@pytest.mark.parametrize("count", [1, 25])
def test_the_figure_is_drawn_with_texts_apart(count, tmp_path, overlapping_texts):
    names = [f"an_attack_with_a_long_name_{number:02d}" for number in range(count)]
    curves = [{**row, "attack": name} for name in names for row in CURVES]
    areas = [area(name, kind, 0.1) for name in names for kind in ("deletion", "insertion")]
    areas[0] |= {"mean": None, "ci_low": None, "ci_high": None}
    rows = curve_rows(pd.DataFrame(curves), pd.DataFrame(REFERENCES), areas)
    groups = dict(zip(names, ["ball", "attack", "control", *["attack"] * count], strict=False))
    rows = [{"share": None, **row, "group": groups.get(row["attack"])} for row in rows]
    figure = curves_figure(rows, confidence=0.95)
    assert overlapping_texts(figure) == []
    save(figure, tmp_path / "curves")


def test_without_curves_the_figure_says_so():
    rows = curve_rows(pd.DataFrame(CURVES[2:]), pd.DataFrame(REFERENCES), [])
    assert rows == []
    assert "No curves" in curves_figure(rows, confidence=0.95).texts[0].get_text()
