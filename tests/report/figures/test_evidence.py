"""The figures of the answer: what they show of the tables, and drawings of unusual runs."""

import numpy as np
import pytest

from ssimball.config.stages.figures import FigureEvidenceStage
from ssimball.overlap.metric import quantity_columns
from ssimball.report.figures.evidence import spread
from ssimball.report.figures.evidence_drawn import DRAW
from ssimball.report.figures.evidence_rows import (
    _SOURCES,
    EVIDENCE_ROWS,
    POINTS,
    EvidenceTables,
    differences_of,
)
from ssimball.report.figures.files import labelled
from ssimball.report.figures.style import save
from ssimball.storage.contracts.overlap import OVERLAP
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

STEPS = ("ball", "permuted", "signs", "rolled")
PARTS = ("own", "permuted_signs", "sign_only", "rolled_magnitude")


def stage(names, **changes):
    settings = {"drawn": tuple(DRAW), "ball": ("ball",), "controls": STEPS[1:]}
    directions = tuple(zip(PARTS, STEPS, strict=True)) if set(STEPS) <= set(names) else ()
    settings |= {"confidence": 0.95, "directions": directions}
    return FigureEvidenceStage(**settings | changes)


def around(value, prefix=""):
    missing = value is None
    return {
        f"{prefix}ci_low": None if missing else value - 0.1,
        f"{prefix}ci_high": None if missing else value + 0.1,
    }


def tables(effects, fooled=0.5, images=20, mask=True):
    """Return tables in which each metric has a value of its own.

    Args:
        effects: the primary endpoint by attack.
        fooled: share of images fooled, of every attack.
        images: number of images.
        mask: whether there are object masks.
    """
    primary = [
        {"attack": name, "is_control": name in STEPS[1:], "n": images, "effect": effect}
        | around(effect)
        for name, effect in effects.items()
    ]
    metrics = list(dict.fromkeys(metric for metric, _ in _SOURCES.values()))
    chosen = [metric for metric in metrics if mask or getattr(metric, "reference", "") != "mask"]
    summary = []
    for name, effect in effects.items():
        for place, metric in enumerate(chosen):
            value = fooled if metric == "fooling_rate" else None if effect is None else place / 10
            summary.append(
                {"attack": name, **quantity_columns(metric), "n": images, "mean": value}
                | {**around(value), "null_mean": value, **around(value, "null_")}
                | {"difference": value, **around(value, "difference_")}
            )
    differences = {
        name: {f"i{number}": effect + np.sin(number) for number in range(images)}
        for name, effect in effects.items()
        if effect is not None
    }
    networks = [{**row, "layers": layers} for layers in ("0", "all") for row in summary]
    first = [row for row in networks if row["attack"] == next(iter(effects))]
    return EvidenceTables(primary, summary, differences, first)


def rows_of(name, found, settings):
    contract, rows = EVIDENCE_ROWS[name]
    columns = [column.name for column in contract.columns]
    return [{key: row.get(key) for key in columns} for row in rows(found, settings)]


def test_attacks_come_before_controls_and_the_largest_overlap_first():
    found = tables({"a": -0.2, "permuted": 0.4, "b": None, "ball": 0.3, "signs": 0.5})
    rows = rows_of("overview", found, stage([]))
    names = list(dict.fromkeys(row["attack"] for row in rows))
    assert names == ["ball", "a", "b", "signs", "permuted"]
    own = {row["quantity"]: row for row in rows if row["attack"] == "ball"}
    assert list(own) == ["fooled", "overlap", "partial", "object"]
    assert own["overlap"]["mean"] == 0.3
    assert own["fooled"]["mean"] == 0.5
    # Of metrics with a null, the difference and its interval.
    assert own["partial"]["ci_high"] == pytest.approx(own["partial"]["mean"] + 0.1)
    without = rows_of("overview", tables({"a": 0.1}, mask=False), stage([]))
    assert "object" not in {row["quantity"] for row in without}


def test_the_step_and_its_controls_come_by_what_they_keep():
    found = tables({"x": 0.1, **dict.fromkeys(STEPS, 0.2)})
    rows = rows_of("directions", found, stage(STEPS))
    assert list(dict.fromkeys(row["attack"] for row in rows)) == list(STEPS)


def test_networks_have_the_attack_and_chance():
    rows = rows_of("networks", tables({"ball": 0.3}), stage([]))
    assert [row["layers"] for row in rows] == ["0"] * 4 + ["all"] * 4
    assert {row["quantity"] for row in rows} == {"fooled", "own", "other_images", "difference"}


@pytest.mark.parametrize("images", [1, 20, 3 * POINTS])
def test_each_image_is_a_point_up_to_a_number_and_ends_are_kept(images):
    found = tables({"ball": 0.3}, images=images)
    mean, *points = rows_of("by_image", found, stage([]))
    assert (mean["image_id"], mean["difference"], mean["n"]) == (None, 0.3, images)
    values = [row["difference"] for row in points]
    expected = sorted(found.differences["ball"].values())
    assert values == (expected if images <= POINTS else sorted(values))
    assert len(values) == min(images, POINTS)
    assert (values[0], values[-1]) == (expected[0], expected[-1])


def test_differences_are_value_minus_null_where_both_are(tmp_path):
    numbers = [("a", 0.5, 0.2), ("b", None, 0.2), ("c", 0.5, None), ("d", -0.25, 0.25)]
    reasons = {"reason": None, "null_reason": None}
    rows = [
        {"image_id": image, "attack": "ball", "value": value, "null_value": null, **reasons}
        | {"measure": measure, "reference": "cam", "distortion": "deficit"}
        for image, value, null in numbers
        for measure in ("spearman", "partial")
    ]
    path = tmp_path / "overlap.parquet"
    write_table(path, OVERLAP, rows, Provenance({"stage": "overlap"}, code="0" * 64))
    assert differences_of(path) == {"ball": {"a": 0.3, "d": -0.5}}


LONG = {f"an_attack_with_a_long_name_{n:02d}": np.cos(n) / 2 for n in range(22)}
RUNS = {
    "a run": tables({"fgsm": -0.2, **dict(zip(STEPS, (0.3, 0.3, 0.1, -0.2), strict=True))}),
    "one image": tables({"ball": 0.3}, images=1),
    "no overlap": tables({"fgsm": None, "ball": None}),
    "25 attacks": tables({**LONG, "ball": 0.4, "permuted": 0.4, "signs": 0.1}, fooled=1.0),
    "no intervals, nothing fooled": tables({"fgsm": None, "ball": 0.0}, fooled=0.0, images=2),
    "nothing attacked": tables({"fgsm": None}, fooled=None, images=0),
}
for row in (
    *RUNS["no intervals, nothing fooled"].primary,
    *RUNS["no intervals, nothing fooled"].summary,
):
    row |= {name: None for name in row if "ci_" in name}


@pytest.mark.parametrize("name", list(DRAW))
@pytest.mark.parametrize("run", list(RUNS))
def test_figures_of_unusual_runs_are_drawn_and_their_texts_are_apart(
    name, run, tmp_path, overlapping_texts
):
    settings = stage({row["attack"] for row in RUNS[run].primary})
    if name == "directions" and not settings.directions:
        pytest.skip("such a run has no such figure")
    rows = labelled(rows_of(name, RUNS[run], settings), settings)
    figure = DRAW[name](rows, settings)
    assert overlapping_texts(figure) == []
    drawn, (width, height) = figure.get_tightbbox(), figure.get_size_inches()
    assert min(drawn.x0, drawn.y0) > -0.02
    assert max(drawn.x1 - width, drawn.y1 - height) < 0.02
    if run == "a run":
        assert figure.get_size_inches()[0] == 7
        save(figure, tmp_path / name)


def test_heights_are_moved_apart_as_little_as_possible():
    assert spread(np.array([1.0, 3.0, 5.0]), 1.0, 0.0, 6.0) == pytest.approx([1, 3, 5])
    assert spread(np.array([3.0, 3.0]), 1.0, 0.0, 6.0) == pytest.approx([2.5, 3.5])
    assert spread(np.array([0.0, 0.0]), 1.0, 0.0, 6.0) == pytest.approx([0.5, 1.5])
    assert np.diff(spread(np.zeros(9), 1.0, 0.0, 3.0)) == pytest.approx(np.full(8, 1 / 3))
    assert len(spread(np.zeros(0), 1.0, 0.0, 1.0)) == 0
