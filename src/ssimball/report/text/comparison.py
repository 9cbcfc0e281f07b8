"""All attacks in one Markdown table: success, similarity, norms and cost."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from ssimball.config.stages.statistics import SummaryStage
from ssimball.report.text.formatting import paragraph
from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import Interval, mean_intervals
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


def _smallest(name: str, factor: float = 1.0) -> Callable[[pd.DataFrame], float]:
    """Return the median over the images whose perturbation is the smallest found that fools."""
    return lambda rows: factor * rows.loc[rows["is_smallest"], name].astype(float).median()


def _dithered(rows: pd.DataFrame) -> float:
    """Return the mean share of values that dithering moved, where it could."""
    return rows.loc[rows["matched"].notna(), "dithered"].astype(float).mean()


_FALL = "margin falls by"
_COLUMNS = (
    _Column("images", len, "d"),
    _Column("fooled", _mean("success"), ".0%"),
    _Column("SSIM matched", _mean("matched"), ".0%"),
    _Column("scale (median)", _median("scale"), ".3g"),
    _Column("dithered", _dithered, ".0%"),
    _Column("smallest budget (median)", _median("smallest_budget"), ".3g"),
    _Column("smallest linearised budget (median)", _median("linear_epsilon_lower"), ".3g"),
    _Column("smallest l2 that fools (median)", _smallest("l2"), ".3g"),
    _Column("smallest l∞ × 255 that fools (median)", _smallest("linf", 255), ".3g"),
    _Column("smallest 1 − SSIM that fools (median)", _smallest("ssim_distance"), ".2g"),
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


def comparison_text(facts: pd.DataFrame, stage: SummaryStage, inference: Inference) -> str:
    """Return the table of attacks, and what it says about which is strongest.

    Args:
        facts: one row per image and attack, the attacks in their order, with the columns attack,
            image_id, status and those of contracts.attacks.ATTACKS that the table shows. Rows
            without a stored image are left out. The clean image counts where it is stored because
            an attack found nothing.
        stage: names of the attacks, and how they are compared.
        inference: settings of intervals.

    Returns:
        A Markdown table of means over images by attack, and of medians where a column says so,
        with sentences under it. Columns in which no attack has a value are left out, such as
        smallest budgets at matched quality.
    """
    stored = facts[facts["status"].map(has_stored_image)]
    stored = stored.assign(
        fall=(stored["clean_margin"] - stored["margin"]).astype(float),
        ssim_distance=1 - stored["mean_ssim"].astype(float),
        is_smallest=_is_smallest(stored, stage),
    )
    by_attack = {name: stored[stored["attack"] == name] for name in facts["attack"].unique()}
    falls = {name: _fall(name, rows, inference) for name, rows in by_attack.items()}
    names = dict(zip(stage.attacks, stage.display_names, strict=True))
    table = pd.DataFrame(
        [{"attack": names[name], **_cells(rows, falls[name])} for name, rows in by_attack.items()]
    )
    shown = [name for name in table if (table[name] != "-").any()]
    text = str(table[shown].to_markdown(index=False, disable_numparse=True))
    notes = [_strongest(by_attack, falls, names, stage), _how_minimal_ones_compare(stage)]
    notes += [_over_linearised(names[name], rows) for name, rows in by_attack.items()]
    return "\n\n".join([text, *(paragraph(note) for note in notes if note)]) + "\n"


def _is_smallest(stored: pd.DataFrame, stage: SummaryStage) -> "pd.Series[bool]":
    """Return whether each image fools by a perturbation that is as small as was found."""
    fools = stored["success"].eq(True)
    if stage.comparison.mode == "matched_outcome":
        return fools
    own = stored["attack"].isin(stage.minimal) & (stage.comparison.mode == "fixed_budget")
    return fools & own


def _fall(attack: str, rows: pd.DataFrame, inference: Inference) -> Interval:
    """Return the mean by which the margin falls, with its interval over images or classes."""
    clusters, rng = inference.clusters(rows["image_id"]), inference.rng(attack, "margin fall")
    [fall] = mean_intervals([rows["fall"]], rng, **inference.bootstrap(clusters))
    return fall


def _cells(rows: pd.DataFrame, fall: Interval) -> dict[str, str]:
    """Return the line of an attack, by the titles of its columns."""
    cells = {}
    for column in _COLUMNS:
        cells[column.title] = _text(column.value(rows), column)
        if column.title == "attacked margin":
            cells[_FALL] = _with_ends(fall)
    return cells


def _with_ends(fall: Interval) -> str:
    if fall.value is None:
        return "-"
    ends = "" if fall.low is None else f" [{fall.low:.2f}, {fall.high:.2f}]"
    return f"{fall.value:.2f}{ends}"


def _strongest(
    by_attack: Mapping[str, pd.DataFrame],
    falls: Mapping[str, Interval],
    names: Mapping[str, str],
    stage: SummaryStage,
) -> str:
    """Say which attacks lower the margin most at equal SSIM; nothing where SSIM is not equal."""
    if stage.comparison.mode != "matched_quality":
        return ""
    equal = [name for name, rows in by_attack.items() if len(rows) and rows["matched"].all()]
    ranked = sorted(equal, key=lambda name: -(falls[name].value or 0.0))
    if not ranked:
        return "No attack has the same mean SSIM on all its images."
    first, *others = (f"`{names[name]}` ({_with_ends(falls[name])})" for name in ranked)
    after = f" {others[0]} comes next." if others else ""
    left = ", ".join(f"`{names[name]}`" for name in by_attack if name not in ranked)
    without = f" Left out, since not all their images have this SSIM: {left}." if left else ""
    return (
        f"At equal SSIM (mean {stage.comparison.mean_ssim:g}), {first} lowers the margin most, in "
        f"logits with the {stage.statistics.confidence:.0%} interval of the mean.{after}{without}"
    )


def _how_minimal_ones_compare(stage: SummaryStage) -> str:
    """Say which columns compare the attacks that seek a smallest perturbation."""
    if not stage.minimal:
        return ""
    if stage.comparison.mode == "matched_quality":
        return (
            "`direction of ...`: a smallest perturbation, enlarged by `scale` to the common SSIM; "
            "only its direction is compared. `comparison.mode: matched_outcome` compares the "
            "attack itself."
        )
    return (
        "Attacks that seek a smallest perturbation are compared by the columns `smallest ... that "
        "fools`, over the images that are fooled."
    )


def _over_linearised(name: str, rows: pd.DataFrame) -> str:
    """Say how much larger the smallest budget is than the linearised margin would need."""
    budgets = rows[["smallest_budget", "linear_epsilon_lower"]].astype(float).dropna()
    budgets = budgets[budgets["linear_epsilon_lower"] > 0]
    if budgets.empty:
        return ""
    ratio = (budgets["smallest_budget"] / budgets["linear_epsilon_lower"]).median()
    return (
        f"`{name}`: the smallest budget that fools is {ratio:.3g} times (median of {len(budgets)} "
        "images) the smallest at which the margin, linearised at the clean image, falls to 0. At "
        "no budget below the latter does any perturbation in the ball turn the linearised margin, "
        "by its certificate."
    )


def _text(value: float, column: _Column) -> str:
    return "-" if value != value else format(value, column.style)
