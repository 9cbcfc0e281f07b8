"""The summary of the causal test compared with numbers by hand, and its text."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest, t

from ssimball.report.text.causal import causal_text
from ssimball.statistics.causal import summarise_causal
from ssimball.statistics.causal_tables import METRICS
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.causal import CAUSAL_SUMMARY

IDS = [f"{n:02d}" for n in range(20)]
SETTINGS = Inference(confidence=0.95, resamples=499, seed=0)
#: Images for which each part fools the network, and by how much each part lowers the margin.
FOOLS = {"all": range(18), "top": range(12), "bottom": (0, 12), "random": range(4)}
FOOLS |= {"rest_of_top": range(2, 10), "none": ()}
DROPS = {"all": 5.0, "top": 3.0, "bottom": 1.0, "random": 3.5, "rest_of_top": 2.0, "none": 0.0}
AREAS = {"all": 1.0, "none": 0.0}


def parts_frame(attack="a", seed=0, images_of_class=1, drops=DROPS):
    """Return the parts of one attack; images of a class are alike."""
    rows = []
    for terms in ("equal_area", "equal_energy"):
        for name in ("top", "bottom", "random", "rest_of_top", "all", "none"):
            if terms == "equal_energy" and name in ("all", "none", "rest_of_top"):
                continue
            rng = np.random.default_rng([seed, *map(ord, name)])
            noise = rng.normal(0, 0.1, len(IDS))
            for number, image in enumerate(IDS):
                label = number // images_of_class
                values = {
                    "label": label,
                    "fooled": label * images_of_class in FOOLS[name],
                    "margin_drop": drops[name] + noise[label],
                    "l2": 1.0,
                    "mean_ssim": 0.99,
                }
                where = {"set": name, "area": AREAS.get(name, 0.2), "terms": terms}
                rows.append({"attack": attack, "image_id": image, **where, **values})
    return pd.DataFrame(rows).astype({"fooled": object})


def curves_frame(areas, **columns):
    return pd.DataFrame(
        [
            {"image_id": image, "order": order, "kind": kind, "area": value + number, **columns}
            for order, kinds in areas.items()
            for kind, value in kinds.items()
            for number, image in enumerate(IDS)
        ]
    )


DEFICIT = curves_frame({"deficit": {"deletion": 0.3, "insertion": 0.6}}, attack="a")
REFERENCES = curves_frame(
    {
        "cam": {"deletion": 0.1, "insertion": 0.7},
        "random": {"deletion": 0.4, "insertion": 0.4},
    }
)


def summary(parts, curves=DEFICIT, references=REFERENCES, **changes):
    rows = summarise_causal(parts, curves, references, replace(SETTINGS, **changes))
    known = {column.name for column in CAUSAL_SUMMARY.columns}
    assert all(set(row) <= known for row in rows)
    keys = ("attack", "metric", "terms", "set", "against")
    found = {tuple(row[key] for key in keys): row for row in rows}
    assert len(found) == len(rows)
    return found


def test_rates_means_and_differences_are_those_of_the_images():
    found = summary(parts_frame())
    row = found["a", "fooling_rate", "equal_area", "top", None]
    wilson = binomtest(12, 20).proportion_ci(0.95, method="wilson")
    assert (row["n"], row["n_missing"], row["mean"], row["area"]) == (20, 0, 0.6, 0.2)
    assert (row["ci_low"], row["ci_high"]) == pytest.approx((wilson.low, wilson.high))
    assert found["a", "fooling_rate", "equal_area", "all", None]["mean"] == 0.9
    assert found["a", "fooling_rate", "equal_area", "rest_of_top", None]["mean"] == 0.4
    # Top alone fools images 1 to 11, bottom alone image 12, both image 0.
    row = found["a", "fooling_rate", "equal_area", "top", "bottom"]
    assert (row["unit_kind"], row["mean"]) == ("images", pytest.approx(0.5))
    for other, difference in (("bottom", 2.0), ("random", -0.5)):
        row = found["a", "margin_drop", "equal_energy", "top", other]
        assert row["mean"] == pytest.approx(difference, abs=0.1)
        assert row["ci_low"] < row["mean"] < row["ci_high"]
        assert np.sign(row["ci_low"]) == np.sign(row["ci_high"]) == np.sign(difference)
    assert not any(key[3] == "none" for key in found)


def test_curves_are_compared_image_by_image():
    found = summary(parts_frame())
    means = {
        order: found["a", "deletion_area", None, order, None]["mean"]
        for order in ("deficit", "cam", "random")
    }
    assert means == pytest.approx({"deficit": 9.8, "cam": 9.6, "random": 9.9})
    row = found["a", "insertion_area", None, "deficit", "random"]
    # Images differ, their differences do not.
    assert (row["n"], row["mean"]) == (20, pytest.approx(0.2))


def test_images_without_a_value_are_left_out_of_their_table_alone():
    parts = parts_frame()
    missing = (parts.image_id < "05") & (parts.terms == "equal_energy") & (parts.set == "bottom")
    parts.loc[missing, list(METRICS.values())] = None
    curves = DEFICIT.assign(area=DEFICIT.area.where(DEFICIT.image_id > "07"))
    found = summary(parts, curves)
    energy = found["a", "fooling_rate", "equal_energy", "top", None]
    assert (energy["n"], energy["n_missing"], energy["mean"]) == (15, 5, pytest.approx(7 / 15))
    assert found["a", "fooling_rate", "equal_area", "top", None]["n"] == 20
    cam = found["a", "deletion_area", None, "cam", None]
    assert (cam["n"], cam["mean"]) == (12, pytest.approx(0.1 + 13.5))


def test_without_any_value_there_are_rows_without_values_and_a_text():
    parts = parts_frame().assign(**dict.fromkeys(METRICS.values()))
    found = summary(parts, DEFICIT.assign(area=None), REFERENCES.assign(area=None))
    assert {(row["n"], row["n_missing"], row["mean"]) for row in found.values()} == {(0, 20, None)}
    text = causal_text(list(found.values()), top=0.2, confidence=0.95)
    assert "No image whose perturbation could be cut: a" in text


#: Ten classes of two images that are alike.
PAIRS = {image: number // 2 for number, image in enumerate(IDS)}


def test_images_that_repeat_their_class_add_nothing_to_the_evidence():
    parts = parts_frame(images_of_class=2)
    found = summary(parts, classes=PAIRS)
    assert {row["unit_kind"] for row in found.values()} == {"classes"}
    row = found["a", "margin_drop", "equal_area", "top", "random"]
    wide = parts[parts.terms == "equal_area"].pivot(
        index="image_id", columns="set", values="margin_drop"
    )
    one_each = (wide.top - wide.random).to_numpy()[::2]
    # Ten units, not twenty: Student's interval of one image per class.
    half = t.ppf(0.975, 9) * one_each.std(ddof=1) / np.sqrt(10)
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * half, rel=0.2)
    twenty = summary(parts)["a", "margin_drop", "equal_area", "top", "random"]
    assert row["mean"] == pytest.approx(twenty["mean"])
    assert row["ci_high"] - row["ci_low"] > 1.3 * (twenty["ci_high"] - twenty["ci_low"])


def test_rates_of_classes_have_the_interval_of_classes():
    found = summary(parts_frame(images_of_class=2), classes=PAIRS)
    row = found["a", "fooling_rate", "equal_area", "top", None]
    # Six of ten classes have half the information of twelve of twenty independent images.
    half = t.ppf(0.975, 9) * np.sqrt(0.6 * 0.4 / 9)
    assert (row["n"], row["mean"]) == (20, pytest.approx(0.6))
    assert row["ci_high"] - row["ci_low"] == pytest.approx(2 * half, rel=0.2)
    # Two of ten classes.
    row = found["a", "fooling_rate", "equal_area", "bottom", None]
    assert row["mean"] == pytest.approx(0.2)


def test_rows_of_an_attack_depend_neither_on_other_attacks_nor_on_order():
    first, second = parts_frame("a"), parts_frame("b", seed=1)
    alone = summary(first)
    curves = pd.concat([DEFICIT.assign(attack="b"), DEFICIT])
    both = summary(pd.concat([second, first.sample(frac=1, random_state=0)]), curves)

    assert alone == {key: row for key, row in both.items() if key[0] == "a"}
    assert alone != summary(first, seed=1)


def test_the_text_says_what_the_units_are():
    rows = list(summary(parts_frame(images_of_class=2), classes=PAIRS).values())
    words = " ".join(causal_text(rows, top=0.2, confidence=0.9).split())
    assert "Nothing here is tested. Intervals: 90%, over classes, not corrected" in words
