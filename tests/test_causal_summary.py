"""The summary of the causal test against hand-computed numbers and scipy, and its text."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binomtest

from ssimball.causal_summary import METRICS, summarise_causal
from ssimball.causal_text import causal_text
from ssimball.contracts.causal import CAUSAL_SUMMARY

IDS = [f"{n:02d}" for n in range(20)]
SETTINGS = {"confidence": 0.95, "resamples": 499, "seed": 0}
#: Images that each part fools, and by how much each lowers the margin.
FOOLS = {"all": range(18), "top": range(12), "bottom": (0, 12), "random": range(4)}
FOOLS |= {"rest_of_top": range(2, 10), "none": ()}
DROPS = {"all": 5.0, "top": 3.0, "bottom": 1.0, "random": 3.5, "rest_of_top": 2.0, "none": 0.0}
AREAS = {"all": 1.0, "none": 0.0}


def parts_frame(attack="a", seed=0):
    rows = []
    for terms in ("equal_area", "equal_energy"):
        for name in ("top", "bottom", "random", "rest_of_top", "all", "none"):
            if terms == "equal_energy" and name in ("all", "none", "rest_of_top"):
                continue
            rng = np.random.default_rng([seed, *map(ord, name)])
            for number, image in enumerate(IDS):
                values = {
                    "fooled": number in FOOLS[name],
                    "margin_drop": DROPS[name] + rng.normal(0, 0.1),
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
    rows = summarise_causal(parts, curves, references, **{**SETTINGS, **changes})
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
    assert (row["only_set"], row["only_against"], row["mean"]) == (11, 1, pytest.approx(0.5))
    assert row["p_value"] == pytest.approx(binomtest(1, 12).pvalue)
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


def test_images_without_a_value_count_nowhere_else():
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


def test_nothing_measurable_gives_rows_without_values_and_a_text():
    parts = parts_frame().assign(**dict.fromkeys(METRICS.values()))
    found = summary(parts, DEFICIT.assign(area=None), REFERENCES.assign(area=None))
    assert {(row["n"], row["n_missing"], row["mean"]) for row in found.values()} == {(0, 20, None)}
    text = causal_text(list(found.values()), top=0.2, confidence=0.95)
    assert "a: no image whose perturbation could be cut." in text
    assert text.count("too few images to tell: a") == 4


def test_rows_of_an_attack_depend_on_no_other_and_on_no_order():
    first, second = parts_frame("a"), parts_frame("b", seed=1)
    alone = summary(first)
    curves = pd.concat([DEFICIT.assign(attack="b"), DEFICIT])
    both = summary(pd.concat([second, first.sample(frac=1, random_state=0)]), curves)
    assert alone == {key: row for key, row in both.items() if key[0] == "a"}
    assert alone != summary(first, seed=1)


def test_the_text_says_a_mixed_outcome_plainly():
    # Read back by pandas, nulls are NaN.
    rows = list(summary(parts_frame()).values())
    for given in (rows, pd.DataFrame(rows).to_dict("records")):
        text = causal_text(given, top=0.25, confidence=0.95)
        assert max(map(len, text.splitlines())) <= 100
        words = " ".join(text.split())
        assert "whole, the perturbation fools 90% of 20 images" in words
        assert "top 20% of cells it fools 60%, to an equal area with the smallest CAM 10%" in words
        assert "to random cells 20%; without the top cells 40%" in words
        assert "against the bottom's, of equal area: more: a" in words
        assert "against that of random cells, of equal area and energy: less: a" in words
        assert "deletion curve: 9.800 by the SSIM deficit, 9.600 by the CAM" in words
        assert "nan" not in words and "None" not in words
