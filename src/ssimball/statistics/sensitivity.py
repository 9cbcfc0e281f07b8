"""Each level of the sensitivity sweep over images, beside its null."""

from typing import Any

import pandas as pd

from ssimball.overlap.metric import COLUMNS
from ssimball.statistics.inference import Inference
from ssimball.statistics.summary import summarise

#: Facts of a level's stored images that are averaged, beside the fooling rate.
FACTS = ("mean_ssim", "margin", "linf")
_LEVEL = ["factor", "level", "is_base", "is_control", "attack", "network"]


def summarise_sensitivity(
    overlap: pd.DataFrame, facts: pd.DataFrame, inference: Inference
) -> list[dict[str, Any]]:
    """Summarise each level of the sweep over images.

    The statistics are those of :func:`ssimball.statistics.summary.summarise`, with levels in place
    of attacks. The rows of the run as configured are repeated with every factor.

    Args:
        overlap: contracts.sensitivity.SENSITIVITY_OVERLAP.
        facts: columns image_id, attack, network, status, success and :data:`FACTS` of
            contracts.attacks.ATTACKS, a row per image, attack and network.
        inference: settings of intervals.

    Returns:
        Rows of contracts.sensitivity.SENSITIVITY.
    """
    overlap = overlap.assign(network=overlap["network"].fillna(""))
    facts = facts.assign(network=facts["network"].fillna(""))
    levels = _with_keys(overlap[_LEVEL].drop_duplicates())
    distinct = levels.drop_duplicates("key")
    columns = ["image_id", "key", *COLUMNS, "value", "null_value"]
    values = overlap.merge(distinct, on=_LEVEL)[columns].rename(columns={"key": "attack"})
    of_levels = distinct.merge(facts, on=["attack", "network"]).drop(columns="attack")
    rows = summarise(values, of_levels.rename(columns={"key": "attack"}), inference, FACTS)
    by_key: dict[str, list[dict[str, Any]]] = {key: [] for key in distinct["key"]}
    for row in rows:
        by_key[row["attack"]].append(row)
    return [
        {**row, **{name: level[name] for name in _LEVEL}, "network": level["network"] or None}
        for level in levels.to_dict("records")
        for row in by_key[level["key"]]
    ]


def _with_keys(levels: pd.DataFrame) -> pd.DataFrame:
    """Levels with a key, which names their random streams and is the same for every base."""
    named = (levels["factor"] + "=" + levels["level"]).where(~levels["is_base"], "base")
    return levels.assign(key=named.where(~levels["is_control"], "control " + named))
