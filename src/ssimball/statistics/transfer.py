"""How many images made on one network fool another."""

from typing import Any

import numpy as np
import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import rate_intervals
from ssimball.statistics.units import checked

_PAIR = ["source", "target", "attack", "region"]


def summarise_transfer(judged: pd.DataFrame, inference: Inference) -> list[dict[str, Any]]:
    """Summarise each pair of networks and kind of image over images; nothing is tested.

    Args:
        judged: columns of contracts.networks.TRANSFER_BY_IMAGE.
        inference: settings of intervals.

    Returns:
        Rows of contracts.networks.TRANSFER.
    """
    return [
        _summary([str(name) for name in names], rows.sort_values("image_id"), inference)
        for names, rows in judged.groupby(_PAIR, sort=False)
    ]


def _summary(names: list[str], rows: pd.DataFrame, inference: Inference) -> dict[str, Any]:
    fooled = checked([rows["fooled"].to_numpy(np.float64)])
    clusters = inference.clusters(rows["image_id"])
    rng = inference.rng("transfer", *names)
    [rate] = rate_intervals(fooled, rng, **inference.bootstrap(clusters))
    return {
        **dict(zip(_PAIR, names, strict=True)),
        "n": len(rows),
        "fooled": rate.value,
        "fooled_low": rate.low,
        "fooled_high": rate.high,
        "margin_fall": float(rows["margin_fall"].mean()),
    }


def shares_fooled(judged: pd.DataFrame, source: str) -> pd.DataFrame:
    """Return the share of other networks that each image of a source fools.

    Args:
        judged: columns of contracts.networks.TRANSFER_BY_IMAGE.
        source: the network that the images were made on.

    Returns:
        By image (rows), a column per attack whose stored image was judged and one per region that
        an attack was confined to; NaN where no other network classifies the image correctly.
    """
    others = judged[(judged["source"] == source) & (judged["target"] != source)]
    kind = others["attack"].where(others["region"] == "all", others["region"])
    return others.assign(kind=kind, fooled=others["fooled"].astype(float)).pivot_table(
        index="image_id", columns="kind", values="fooled", aggfunc="mean"
    )
