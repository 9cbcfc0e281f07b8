"""The table of attacks agrees with the means of pandas, and its sentences with the table."""

import numpy as np
import pandas as pd
import pytest

from ssimball.config.across import StatisticsConfig
from ssimball.config.attacks.gradient import FgsmConfig
from ssimball.config.attacks.minimal import DeepFoolConfig
from ssimball.config.attacks.names import display_name
from ssimball.config.comparison import ComparisonConfig
from ssimball.config.stages.statistics import SummaryStage
from ssimball.report.text.comparison import comparison_text
from ssimball.statistics.inference import Inference
from ssimball.storage.contracts.attacks import ATTACKS

INFERENCE = Inference(confidence=0.95, resamples=500, seed=0)


def stage(mode="matched_quality"):
    """Return the stage for FGSM, called a, and DeepFool, called b."""
    comparison = ComparisonConfig(mode=mode)
    settings = {"a": FgsmConfig(), "b": DeepFoolConfig()}
    return SummaryStage(
        attacks=("a", "b"),
        statistics=StatisticsConfig(),
        num_classes=10,
        top=0.2,
        seed=0,
        controls=(),
        minimal=("b",),
        display_names=tuple(display_name(k, v, comparison) for k, v in settings.items()),
        comparison=comparison,
    )


def frame():
    rng = np.random.default_rng(0)
    columns = {c.name: rng.random(6) for c in ATTACKS.columns if c.type in ("float64", "int32")}
    return pd.DataFrame(
        {
            **columns,
            "attack": ["a", "a", "a", "b", "b", "b"],
            "image_id": ["1", "2", "3"] * 2,
            "status": ["attacked", "not found: x", "failed: y", "skipped: z"] + ["attacked"] * 2,
            "success": [True, False, None, None, True, True],
            "matched": None,
            "smallest_budget": None,
        }
    )


def table(text):
    """Return the lines of the table by the name of the attack, each by title."""
    lines = [line for line in text.splitlines() if line.startswith("|")]
    header, *rows = ([cell.strip() for cell in line.split("|")[1:-1]] for line in lines)
    return {row[0]: dict(zip(header, row, strict=True)) for row in rows[1:]}


def sentences(text):
    return " ".join(line for line in text.splitlines() if not line.startswith("|"))


def test_means_are_over_the_images_with_a_stored_image():
    facts = frame()
    rows = table(comparison_text(facts, stage("fixed_budget"), INFERENCE))
    assert "SSIM matched" not in rows["a"] and "smallest budget (median)" not in rows["a"]
    assert (rows["a"]["images"], rows["a"]["fooled"]) == ("2", "50%")
    assert (rows["b"]["images"], rows["b"]["fooled"]) == ("2", "100%")
    assert rows["a"]["mean SSIM"] == f"{facts.mean_ssim[:2].mean():.4f}"
    assert rows["b"]["l∞ × 255"] == f"{255 * facts.linf[4:].mean():.1f}"
    assert rows["b"]["seconds (median)"] == f"{facts.seconds[4:].median():.2f}"
    fall = (facts["clean_margin"] - facts["margin"])[:2].mean()
    assert rows["a"]["margin falls by"].startswith(f"{fall:.2f} [")


def test_attack_without_any_image_has_a_line_of_dashes():
    facts = frame()
    facts.loc[:2, "status"] = "failed: x"
    line = comparison_text(facts, stage("fixed_budget"), INFERENCE).splitlines()[2]
    assert [cell.strip() for cell in line.split("|")[1:4]] == ["a", "0", "-"]


def falling(a, b, matched=True):
    """Return 20 images for each of two attacks; their margins fall by means ``a`` and ``b``."""
    rng, n = np.random.default_rng(1), 20
    noise = rng.standard_normal(2 * n)
    facts = pd.concat([frame().iloc[[5]]] * (2 * n), ignore_index=True)
    return facts.assign(
        attack=["a"] * n + ["b"] * n,
        image_id=[str(k) for k in range(n)] * 2,
        clean_margin=3.0,
        margin=3.0 - np.repeat([a, b], n) - noise + np.repeat(noise.reshape(2, n).mean(1), n),
        matched=matched,
    )


@pytest.mark.parametrize(("a", "b"), [(9.0, 5.0), (5.0, 9.0)])
def test_the_strongest_attack_is_named_whichever_it_is(a, b):
    text = comparison_text(falling(a, b), stage(), INFERENCE)
    rows, said = table(text), sentences(text)
    first, second = ("a", "direction of b") if a > b else ("direction of b", "a")
    assert list(rows) == ["a", "direction of b"]
    fall = rows[first]["margin falls by"]
    assert fall.startswith("9.00 [8.") and rows[second]["margin falls by"].startswith("5.00 [4.")
    assert f"`{first}` ({fall}) lowers the margin most" in said
    assert f"`{second}` (5.00" in said


def test_attacks_that_miss_the_ssim_are_left_out_of_the_sentence():
    facts = falling(9.0, 5.0)
    facts.loc[0, "matched"] = False
    said = sentences(comparison_text(facts, stage(), INFERENCE))
    assert "`direction of b` (5.00" in said and said.count("`a`") == 1
    assert "Left out, since not all their images have this SSIM: `a`." in said


@pytest.mark.parametrize("mode", ["fixed_budget", "matched_outcome"])
def test_without_equal_ssim_no_attack_is_called_strongest(mode):
    text = comparison_text(falling(9.0, 5.0, matched=None), stage(mode), INFERENCE)
    assert "lowers the margin most" not in text and "direction of" not in text


@pytest.mark.parametrize(("mode", "compared"), [("fixed_budget", "b"), ("matched_outcome", "ab")])
def test_smallest_perturbations_are_those_of_fooled_images(mode, compared):
    """An attack with a budget uses it up, unless the smallest budget is searched for."""
    facts = falling(9.0, 5.0, matched=None)
    facts["l2"] = np.arange(40.0)
    facts["success"] = np.arange(40) % 4 != 0
    rows = table(comparison_text(facts, stage(mode), INFERENCE))
    for attack in "ab":
        mine = facts[(facts["attack"] == attack) & facts["success"]]["l2"].median()
        shown = rows[attack]["smallest l2 that fools (median)"]
        assert shown == (f"{mine:.3g}" if attack in compared else "-")


def test_smallest_budgets_are_compared_with_linear_radii():
    facts = frame().assign(smallest_budget=[3.0, 8.0, None, None, 4.0, None])
    facts["linear_epsilon_lower"] = [1.0, 2.0, 1.0, 1.0, None, 1.0]
    text = comparison_text(facts, stage("matched_outcome"), INFERENCE)
    assert table(text)["a"]["smallest linearised budget (median)"] == "1.5"
    said = sentences(text)
    assert "`a`: the smallest budget that fools is 3.5 times (median of 2 images)" in said
    assert "`b`:" not in said
    assert "linearised" not in comparison_text(
        facts.assign(linear_epsilon_lower=None), stage("matched_outcome"), INFERENCE
    )
