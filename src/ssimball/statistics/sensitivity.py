"""Each level of the sensitivity sweep over images, set against its null."""

from collections.abc import Mapping
from typing import Any

import pandas as pd

from ssimball.statistics.summary import summarise

Row = dict[str, Any]

#: What is told of a level's stored images, beside the fooling rate.
FACTS = ("mean_ssim", "margin", "linf")
_LEVEL = ["factor", "level", "is_base", "attack", "network"]


def summarise_sensitivity(
    overlap: pd.DataFrame,
    facts: pd.DataFrame,
    *,
    confidence: float,
    resamples: int,
    seed: int,
    classes: Mapping[str, object] | None = None,
) -> list[Row]:
    """Rows of contracts.sensitivity.SENSITIVITY.

    The statistics are those of :func:`ssimball.statistics.summary.summarise`, with levels in the
    place of attacks: Holm's correction is over all levels and metrics, the run as configured
    counted once.

    Args:
        overlap: contracts.sensitivity.SENSITIVITY_OVERLAP.
        facts: columns image_id, attack, network, status, success and :data:`FACTS` of
            contracts.attacks.ATTACKS, a row per image, attack and network.
        confidence, resamples, seed, classes: as for the summary.
    """
    overlap = overlap.assign(network=overlap["network"].fillna(""))
    facts = facts.assign(network=facts["network"].fillna(""))
    levels = overlap[_LEVEL].drop_duplicates()
    named = levels["factor"] + "=" + levels["level"]
    # The base stands among the values of every factor, always the same.
    levels = levels.assign(key=named.where(~levels["is_base"], "base"))
    distinct = levels.drop_duplicates("key")
    values = overlap.merge(distinct, on=_LEVEL)[["image_id", "key", "metric", "value"]]
    of_levels = distinct.merge(facts, on=["attack", "network"]).drop(columns="attack")
    found: dict[str, list[Row]] = {key: [] for key in distinct["key"]}
    for row in summarise(
        values.rename(columns={"key": "attack"}),
        of_levels.rename(columns={"key": "attack"}),
        confidence=confidence,
        resamples=resamples,
        seed=seed,
        classes=classes,
        averaged=FACTS,
    ):
        found[row["attack"]].append(row)
    rows = []
    for level in levels.to_dict("records"):
        level["network"] = level["network"] or None
        rows += [{**row, **level} for row in found[level.pop("key")]]
    return rows
