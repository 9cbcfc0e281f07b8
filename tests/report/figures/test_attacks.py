"""Figures of the attack tables: curves and quantiles follow the images, texts do not overlap."""

import numpy as np
import pandas as pd
import pytest

from ssimball.config.stages.figures import FigureStage
from ssimball.errors import ArtifactError
from ssimball.overlap.metric import quantity_columns
from ssimball.report.figures.files import publish
from ssimball.report.figures.fooling import fooling_figure
from ssimball.report.figures.rows import CORNERS, fooling_rows
from ssimball.report.figures.spread import COSTS, GAPS, RADII, SECONDS, spread_figure
from ssimball.report.figures.spread_rows import (
    QUANTILES,
    cost_rows,
    gap_rows,
    radii_rows,
    second_rows,
)
from ssimball.storage.contracts.figures import FIGURE_FOOLING, FIGURE_RADII, FIGURE_SECONDS
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import read_table, stored_content

NAMES = [f"an_attack_with_names{n:02d}" for n in range(22)]
ORIGIN = Provenance({"stage": "figure"}, code="0" * 64)


def facts(attacks, images=9, spread=1.0):
    """Return rows of the attacks table.

    Every third image is not fooled, and the last one was not attacked.
    """
    rng, frames = np.random.default_rng(len(attacks)), []
    for attack in attacks:
        size = 10 ** rng.normal(-2, spread, images)
        frame = pd.DataFrame({
            **{"attack": attack, "image_id": [f"i{n}" for n in range(images)]},
            **{"status": "attacked", "success": (np.arange(images) % 3 > 0).astype(object)},
            **{"mean_ssim": 1 - np.minimum(size, 0.9), "l2": 100 * size, "linf": size},
            **{"smallest_budget": size, "gap": size / 20, "forward_passes": 3.0},
            **{"backward_passes": rng.integers(0, 90, images), "iterations": 7.0},
            **{"seconds": size, "solve_seconds": np.nan},
        })  # fmt: skip
        numbers = frame.columns[4:]
        frame[numbers] = frame[numbers].astype(float)
        frame.loc[images - 1, numbers] = np.nan
        frame.loc[images - 1, ["status", "success"]] = "skipped: misclassified", None
        frames.append(frame)
    return pd.concat(frames, ignore_index=True)


def summary(frame):
    """Of the summary what the figure needs, its intervals made up."""
    rows = []
    for attack in frame["attack"].unique():
        own = frame[(frame["attack"] == attack) & (frame["status"] == "attacked")]
        for metric, name in (("fooling_rate", "success"), ("mean_ssim", "mean_ssim")):
            mean = float(own[name].astype(float).mean())
            ends = {"ci_low": 0.98 * mean, "ci_high": (mean + 1) / 2}
            rows.append(
                {"attack": attack, **quantity_columns(metric), "n": len(own), "mean": mean, **ends}
            )
    return rows


def swept(factor, level, ssim, rate, is_control=False):
    here = {"factor": factor, "level": level, "is_control": is_control, "n": 9}
    ends = {"ci_low": None, "ci_high": None}
    values = {"mean_ssim": ssim, "fooling_rate": rate}
    return [
        {**here, **ends, **quantity_columns(metric), "mean": mean}
        for metric, mean in values.items()
    ]


@pytest.mark.parametrize("images", [9, 5 * CORNERS])
def test_the_curve_is_the_share_fooled_at_least_as_similar(images):
    frame = facts(["one"], images)
    curve = [row for row in fooling_rows(frame, summary(frame)) if row["kind"] == "curve"]
    assert len(curve) <= CORNERS
    stored = frame[frame["status"] == "attacked"]
    for row in curve:
        fooled = stored["success"].astype(bool) & (stored["mean_ssim"] >= row["mean_ssim"])
        assert row["fooled"] == pytest.approx(fooled.sum() / len(stored))
    assert curve[-1]["fooled"] == pytest.approx(stored["success"].astype(bool).mean())


def test_the_curve_is_drawn_as_steps_between_its_corners():
    frame = facts(["one", "two"])
    rows = fooling_rows(frame, summary(frame))
    figure = fooling_figure(rows, confidence=0.95)
    for axes, attack in zip(figure.axes, ("one", "two"), strict=True):
        corners = [row for row in rows if row["attack"] == attack and row["kind"] == "curve"]
        [line] = [curve for curve in axes.lines if curve.get_zorder() == 3]
        assert line.get_drawstyle() == "steps-post"
        assert line.get_xdata()[1:-1] == pytest.approx([row["mean_ssim"] for row in corners])
        assert line.get_ydata()[1:-1] == pytest.approx([row["fooled"] for row in corners])


def test_only_levels_that_change_the_budget_are_points_of_the_base():
    frame = facts(["ball"])
    levels = swept("epsilon", "0.1", 0.9, 0.8) + swept("epsilon", "0.01", 0.99, 0.7)
    others = swept("tau", "none", 0.95, 0.1) + swept("epsilon", "0.01", 0.9, 0.2, is_control=True)
    rows = fooling_rows(frame, summary(frame), levels + others, "ball", ["epsilon"])
    points = [row for row in rows if row["kind"] == "level"]
    assert [(row["level"], row["mean_ssim"], row["fooled"]) for row in points] == [
        ("epsilon 0.1", 0.9, 0.8),
        ("epsilon 0.01", 0.99, 0.7),
    ]
    figure = fooling_figure(rows, confidence=0.95)
    # From the left, in whatever order they are listed.
    [line] = [points for points in figure.axes[0].lines if list(points.get_xdata()) == [0.9, 0.99]]
    assert list(line.get_ydata()) == [0.8, 0.7]


def test_quantiles_are_over_the_images_with_a_value():
    frame = facts(["one", "two"])
    [row] = [row for row in cost_rows(frame) if row["quantity"] == "backward_passes"][:1]
    values = frame["backward_passes"][:8]
    assert (row["n"], row["n_missing"]) == (8, 0)
    assert [row[name] for name in QUANTILES] == pytest.approx(
        values.quantile(list(QUANTILES.values()))
    )
    assert {row["quantity"] for row in second_rows(frame)} == {"seconds"}


def test_radii_are_over_the_images_that_are_fooled():
    frame = facts(["one", "two", "none"])
    frame.loc[frame["attack"] == "none", "success"] = False
    rows = {(row["attack"], row["quantity"]): row for row in radii_rows(frame, ["one", "none"])}
    assert {attack for attack, _ in rows} == {"one", "none"}
    fooled = frame[(frame["attack"] == "one") & frame["success"].eq(True)]
    assert rows["one", "l2"]["maximum"] == fooled["l2"].max()
    assert rows["one", "ssim_distance"]["median"] == (1 - fooled["mean_ssim"]).median()
    assert (rows["one", "l2"]["n"], rows["one", "l2"]["n_missing"]) == (5, 3)
    assert (rows["none", "l2"]["n"], rows["none", "l2"]["median"]) == (0, None)
    # A run that did not search for budgets has none.
    without = frame.assign(smallest_budget=np.nan)
    assert "smallest_budget" not in {row["quantity"] for row in radii_rows(without, ["one"])}


def test_gaps_are_counted_against_the_requested_gap():
    frame = facts(["ball", "conic", "other"])
    frame.loc[frame["attack"] == "other", "gap"] = np.nan
    middle = float(frame["gap"][:8].median())
    rows = gap_rows(frame, {"ball": middle, "conic": None, "other": None})
    assert [(r["attack"], r["tolerance"], r["n_within"]) for r in rows] == [
        ("ball", middle, 4),
        ("conic", None, None),
    ]


def test_times_do_not_count_in_the_content_hash(tmp_path):
    frame = facts(["one"])
    hashes = []
    for number, factor in enumerate((1, 2)):
        rows = second_rows(frame.assign(seconds=factor * frame["seconds"]))
        path = tmp_path / f"{number}.png"
        publish(path, FIGURE_SECONDS, rows, ORIGIN, lambda rows: spread_figure(rows, SECONDS))
        hashes.append(stored_content(tmp_path / f"{number}.parquet"))
    assert hashes[0] == hashes[1]
    first, second = ((tmp_path / f"{n}.png").read_bytes() for n in (0, 1))
    assert first != second


def test_a_figure_is_drawn_from_its_stored_rows(tmp_path):
    frame, seen = facts(["one"]), []

    def draw(rows):
        seen.extend(rows)
        return fooling_figure(rows, confidence=0.95)

    publish(tmp_path / "a.pdf", FIGURE_FOOLING, fooling_rows(frame, summary(frame)), ORIGIN, draw)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["a.parquet", "a.pdf", "a.png"]
    assert seen == read_table(tmp_path / "a.parquet", FIGURE_FOOLING).to_pylist()
    with pytest.raises(ArtifactError, match="has no attack"):
        publish(tmp_path / "b.pdf", FIGURE_FOOLING, [{"kind": "rate"}], ORIGIN, draw)
    assert not (tmp_path / "b.png").exists()


def test_a_figure_has_display_names_and_groups_of_attacks_and_its_table_does_not(tmp_path):
    seen = []

    def draw(rows):
        seen.extend((row["attack"], row["group"]) for row in rows)
        return spread_figure(rows, SECONDS)

    rows = second_rows(facts(["one", "two", "three"]))
    named = {"renamed": (("one", "direction of one"),), "ball": ("two",), "controls": ("three",)}
    stage = FigureStage(drawn=("seconds",), **named)
    publish(tmp_path / "a.png", FIGURE_SECONDS, rows, ORIGIN, draw, stage)
    stored = read_table(tmp_path / "a.parquet", FIGURE_SECONDS).column("attack").to_pylist()
    assert stored == ["one", "two", "three"]
    assert seen == [("direction of one", "attack"), ("two", "ball"), ("three", "control")]


def test_a_figure_without_rows_is_a_message(tmp_path):
    publish(tmp_path / "a.png", FIGURE_RADII, [], ORIGIN, lambda rows: spread_figure(rows, RADII))
    kinds = (RADII, GAPS, COSTS, SECONDS)
    messages = [spread_figure([], kind).texts[0].get_text() for kind in kinds]
    assert all(message.startswith("No ") for message in messages)
    assert "matched_outcome" in messages[0]


@pytest.mark.parametrize(
    ("count", "spread"),
    [(1, 2.0), (2, 0.0), (12, 0.1), (22, 0.0), (22, 2.0)],
    ids=lambda value: str(value),
)
def test_text_does_not_overlap(count, spread, overlapping_texts):
    frame = facts(NAMES[:count], spread=spread)
    figures = [
        fooling_figure(fooling_rows(frame, summary(frame)), confidence=0.95),
        spread_figure(radii_rows(frame, NAMES), RADII),
        spread_figure(gap_rows(frame, dict.fromkeys(NAMES, 1e-3)), GAPS),
        spread_figure(cost_rows(frame), COSTS),
        spread_figure(second_rows(frame), SECONDS),
    ]
    for figure in figures:
        assert overlapping_texts(figure) == []
        assert figure.get_size_inches()[0] == 7
