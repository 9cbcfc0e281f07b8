"""Attacks side by side in one Markdown table: success, similarity, norms, cost."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ssimball.storage.status import has_stored_image


@dataclass(frozen=True)
class _Column:
    """``of`` a frame of the images that have a stored image, written in a style."""

    title: str
    of: Callable[[pd.DataFrame], float]
    style: str


def _mean(name: str, factor: float = 1.0) -> Callable[[pd.DataFrame], float]:
    return lambda rows: factor * rows[name].astype(float).mean()


_COLUMNS = (
    _Column("images", len, "d"),
    _Column("fooled", _mean("success"), ".0%"),
    _Column("matched", _mean("matched"), ".0%"),
    _Column("smallest budget", lambda rows: rows["smallest_budget"].astype(float).median(), ".3g"),
    _Column("margin before", _mean("clean_margin"), ".2f"),
    _Column("after", _mean("margin"), ".2f"),
    _Column("mean SSIM", _mean("mean_ssim"), ".4f"),
    _Column("min SSIM", _mean("min_ssim"), ".3f"),
    _Column("luma", _mean("mean_ssim_luma"), ".4f"),
    _Column("MS-SSIM", _mean("ms_ssim"), ".4f"),
    _Column("PASS", _mean("pass_similarity"), ".4f"),
    _Column("PSNR", _mean("psnr"), ".1f"),
    _Column("l0", _mean("l0"), ".0f"),
    _Column("l1", _mean("l1"), ".0f"),
    _Column("l2", _mean("l2"), ".2f"),
    _Column("l∞ · 255", _mean("linf", 255), ".1f"),
    _Column("passes", _mean("forward_passes"), ".1f"),
    _Column("gradients", _mean("backward_passes"), ".1f"),
    _Column("seconds", lambda rows: rows["seconds"].astype(float).median(), ".2f"),
)


def comparison_table(facts: pd.DataFrame) -> str:
    """Means over images by attack; of seconds and smallest budgets the median.

    Args:
        facts: a row per image and attack, the attacks in their order: columns attack, status and
            those of contracts.attacks.ATTACKS that the table shows. Rows without a stored image
            are left out; the clean image stored in place of an answer counts.
    """
    shown = facts[facts["status"].map(has_stored_image)]
    rows = []
    for attack in facts["attack"].unique():
        own = shown[shown["attack"] == attack]
        values = {column.title: column.of(own) for column in _COLUMNS}
        rows.append({"attack": attack} | {c.title: _text(values[c.title], c) for c in _COLUMNS})
    table = pd.DataFrame(rows)
    # A column that no attack has a value in, such as smallest budgets at matched quality.
    kept = [name for name in table if (table[name] != "-").any()]
    return str(table[kept].to_markdown(index=False, disable_numparse=True)) + "\n"


def _text(value: float, column: _Column) -> str:
    return "-" if value != value else format(value, column.style)
