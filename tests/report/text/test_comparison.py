"""The table of attacks agrees with the means of pandas."""

import numpy as np
import pandas as pd

from ssimball.report.text.comparison import comparison_table
from ssimball.storage.contracts.attacks import ATTACKS


def frame():
    rng = np.random.default_rng(0)
    columns = {c.name: rng.random(6) for c in ATTACKS.columns if c.type in ("float64", "int32")}
    return pd.DataFrame(
        {
            **columns,
            "attack": ["a", "a", "a", "b", "b", "b"],
            "status": ["attacked", "not found: x", "failed: y", "skipped: z"] + ["attacked"] * 2,
            "success": [True, False, None, None, True, True],
            "matched": None,
            "smallest_budget": None,
        }
    )


def test_means_are_over_the_images_with_a_stored_image():
    facts = frame()
    lines = comparison_table(facts).splitlines()
    header, a, b = ([cell.strip() for cell in lines[i].split("|")[1:-1]] for i in (0, 2, 3))
    rows = {row[0]: dict(zip(header, row, strict=True)) for row in (a, b)}
    assert "SSIM matched" not in header and "smallest budget (median)" not in header
    assert (rows["a"]["images"], rows["a"]["fooled"]) == ("2", "50%")
    assert (rows["b"]["images"], rows["b"]["fooled"]) == ("2", "100%")
    assert rows["a"]["mean SSIM"] == f"{facts.mean_ssim[:2].mean():.4f}"
    assert rows["b"]["l∞ × 255"] == f"{255 * facts.linf[4:].mean():.1f}"
    assert rows["b"]["seconds (median)"] == f"{facts.seconds[4:].median():.2f}"


def test_attack_without_any_image_has_a_line_of_dashes():
    facts = frame()
    facts.loc[:2, "status"] = "failed: x"
    line = comparison_table(facts).splitlines()[2]
    assert [cell.strip() for cell in line.split("|")[1:4]] == ["a", "0", "-"]
