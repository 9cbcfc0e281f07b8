"""The areas under curves across images compared with numbers by hand, and their text."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import t

from ssimball.report.text.causal import causal_text
from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY

IDS = [f"{n:02d}" for n in range(20)]
SETTINGS = Inference(confidence=0.95, resamples=499, seed=0)
AREAS = {"deficit": (0.3, 0.6), "cam": (0.1, 0.7), "random": (0.4, 0.4)}


def curves_frame(orders, seed=0, images_of_class=1, **columns):
    """Return areas; images differ by their number, images of a class are alike."""
    rows = []
    for order in orders:
        for kind, mean in zip(("deletion", "insertion"), AREAS[order], strict=True):
            noise = np.random.default_rng([seed, *map(ord, order + kind)]).normal(0, 0.1, len(IDS))
            for number, image in enumerate(IDS):
                label = number // images_of_class
                row = {"image_id": image, "order": order, "kind": kind}
                rows.append({**row, "area": mean + label + noise[label], **columns})
    return pd.DataFrame(rows)


def summary(attacks=("a",), curves=None, images_of_class=1, **changes):
    if curves is None:
        frames = [
            curves_frame(["deficit"], number, images_of_class, attack=attack)
            for number, attack in enumerate(attacks)
        ]
        curves = pd.concat(frames)
    references = curves_frame(["cam", "random"], 9, images_of_class)
    rows = summarise_causal(curves, references, replace(SETTINGS, **changes))
    known = [column.name for column in CAUSAL_SUMMARY.columns]
    assert all(list(row) == known for row in rows)
    found = {(row["attack"], row["kind"], row["order"], row["against"]): row for row in rows}
    assert len(found) == len(rows) == 10 * len(attacks)
    return found


def test_areas_are_compared_image_by_image():
    found = summary()
    deletion = curves_frame(["deficit"]).query("kind == 'deletion'").area.to_numpy()
    random = curves_frame(["random"], 9).query("kind == 'deletion'").area.to_numpy()
    row = found["a", "deletion", "deficit", None]
    assert (row["n"], row["n_missing"], row["mean"]) == (20, 0, pytest.approx(deletion.mean()))
    row = found["a", "deletion", "deficit", "random"]
    assert row["mean"] == pytest.approx((deletion - random).mean())
    # Images differ by up to 19, their differences by 0.1.
    assert -0.3 < row["ci_low"] < row["mean"] < row["ci_high"] < 0.1
    assert found["a", "insertion", "deficit", "cam"]["mean"] == pytest.approx(-0.1, abs=0.1)


def test_images_without_a_curve_are_left_out():
    curves = curves_frame(["deficit"], attack="a")
    found = summary(curves=curves.assign(area=curves.area.where(curves.image_id > "07")))
    row = found["a", "deletion", "cam", None]
    assert (row["n"], row["n_missing"]) == (12, 8)
    cam = curves_frame(["cam"], 9).query("kind == 'deletion' and image_id > '07'").area
    assert row["mean"] == pytest.approx(cam.mean())


def test_without_any_value_there_are_rows_without_values_and_a_text():
    found = summary(curves=curves_frame(["deficit"], attack="a").assign(area=None))
    assert {(row["n"], row["n_missing"], row["mean"]) for row in found.values()} == {(0, 20, None)}
    text = causal_text(list(found.values()), confidence=0.95)
    assert "No image has all curves: a" in text


#: Ten classes of two images that are alike.
PAIRS = {image: number // 2 for number, image in enumerate(IDS)}


def test_images_that_repeat_their_class_add_nothing_to_the_evidence():
    found = summary(images_of_class=2, classes=PAIRS)
    assert {row["unit_kind"] for row in found.values()} == {"classes"}
    row = found["a", "deletion", "deficit", "random"]
    deficit, random = (
        curves_frame([order], seed, 2).query("kind == 'deletion'").area.to_numpy()[::2]
        for order, seed in (("deficit", 0), ("random", 9))
    )
    # Ten units, not twenty: Student's interval of one image per class.
    half = t.ppf(0.975, 9) * (deficit - random).std(ddof=1) / np.sqrt(10)
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * half, rel=0.2)
    twenty = summary(images_of_class=2)["a", "deletion", "deficit", "random"]
    assert row["mean"] == pytest.approx(twenty["mean"])
    assert row["ci_high"] - row["ci_low"] > 1.3 * (twenty["ci_high"] - twenty["ci_low"])


def test_rows_of_an_attack_depend_neither_on_other_attacks_nor_on_order():
    alone, both = summary(), summary(("a", "b"))
    assert alone == {key: row for key, row in both.items() if key[0] == "a"}
    shuffled = curves_frame(["deficit"], attack="a").sample(frac=1, random_state=0)
    assert alone == summary(curves=shuffled)
    assert alone != summary(seed=1)
