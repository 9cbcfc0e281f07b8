"""All attacks in one Markdown table: success, similarity, norms and cost."""

from collections.abc import Callable
from dataclasses import dataclass

import pandas as pd

from ssimball.storage.status import has_stored_image


@dataclass(frozen=True)
class _Column:
    """A column of the table.

    Attributes:
        title: its name.
        value: computes its number from the rows of the images that have a stored image.
        style: how that number is written.
    """

    title: str
    value: Callable[[pd.DataFrame], float]
    style: str


def _mean(name: str, factor: float = 1.0) -> Callable[[pd.DataFrame], float]:
    return lambda rows: factor * rows[name].astype(float).mean()


def _median(name: str) -> Callable[[pd.DataFrame], float]:
    return lambda rows: rows[name].astype(float).median()


_COLUMNS = (
    _Column("images", len, "d"),
    _Column("fooled", _mean("success"), ".0%"),
    _Column("SSIM matched", _mean("matched"), ".0%"),
    _Column("smallest budget (median)", _median("smallest_budget"), ".3g"),
    _Column("clean margin", _mean("clean_margin"), ".2f"),
    _Column("attacked margin", _mean("margin"), ".2f"),
    _Column("mean SSIM", _mean("mean_ssim"), ".4f"),
    _Column("smallest local SSIM", _mean("min_ssim"), ".3f"),
    _Column("luma SSIM", _mean("mean_ssim_luma"), ".4f"),
    _Column("MS-SSIM", _mean("ms_ssim"), ".4f"),
    _Column("PASS", _mean("pass_similarity"), ".4f"),
    _Column("PSNR (dB)", _mean("psnr"), ".1f"),
    _Column("l0", _mean("l0"), ".0f"),
    _Column("l1", _mean("l1"), ".0f"),
    _Column("l2", _mean("l2"), ".2f"),
    _Column("l∞ × 255", _mean("linf", 255), ".1f"),
    _Column("forward passes", _mean("forward_passes"), ".1f"),
    _Column("gradients", _mean("backward_passes"), ".1f"),
    _Column("seconds (median)", _median("seconds"), ".2f"),
)


def comparison_table(facts: pd.DataFrame) -> str:
    """Return means over images by attack, and medians of seconds and of smallest budgets.

    Args:
        facts: one row per image and attack, the attacks in their order, with the columns attack,
            status and those of contracts.attacks.ATTACKS that the table shows. Rows without a
            stored image are left out. The clean image counts where it is stored because an attack
            found nothing.

    Returns:
        A Markdown table. Columns in which no attack has a value are left out, such as smallest
        budgets at matched quality.
    """
    stored = facts[facts["status"].map(has_stored_image)]
    rows = []
    for attack in facts["attack"].unique():
        of_attack = stored[stored["attack"] == attack]
        cells = {column.title: _text(column.value(of_attack), column) for column in _COLUMNS}
        rows.append({"attack": attack} | cells)
    table = pd.DataFrame(rows)
    shown = [name for name in table if (table[name] != "-").any()]
    return str(table[shown].to_markdown(index=False, disable_numparse=True)) + "\n"


def _text(value: float, column: _Column) -> str:
    return "-" if value != value else format(value, column.style)
