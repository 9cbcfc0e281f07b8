"""Deletion and insertion curves across images: mean areas, and paired differences of orders."""

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.intervals import mean_intervals

KINDS = ("deletion", "insertion")
ORDERS = ("deficit", "cam", "random")
#: Orders whose area is shown, each with the order that is subtracted from it.
COMPARED = (*((order, None) for order in ORDERS), ("deficit", "cam"), ("deficit", "random"))


def summarise_causal(
    curves: pd.DataFrame, references: pd.DataFrame, inference: Inference
) -> list[dict[str, Any]]:
    """Summarise the areas under the curves of each attack over images.

    Nothing is tested across images. The numbers of one attack are over the images that have all
    curves, so that they can be compared. All images with a stored image of the attack count,
    whether or not it fools the network.

    Args:
        curves: columns attack, image_id, order, kind, area; the order is that of the SSIM deficit.
        references: columns image_id, order, kind, area, of the CAM and of chance, of all images.
        inference: settings of intervals.

    Returns:
        Rows of contracts.causal.CAUSAL_SUMMARY.
    """
    return [
        row
        for attack in curves["attack"].unique()
        for row in _rows(attack, _areas(curves[curves["attack"] == attack], references), inference)
    ]


def _areas(curves: pd.DataFrame, references: pd.DataFrame) -> pd.DataFrame:
    """Return areas by image (rows), kind and order (columns), NaN where there is none."""
    both = pd.concat([curves, references[references["image_id"].isin(curves["image_id"])]])
    both = both.assign(area=both["area"].astype(float))
    return both.pivot(index="image_id", columns=["kind", "order"], values="area")


def _rows(attack: str, areas: pd.DataFrame, inference: Inference) -> Iterator[dict[str, Any]]:
    """Yield the means and differences of an attack."""
    complete = areas.dropna()
    shown = [(kind, order, against) for kind in KINDS for order, against in COMPARED]
    samples = np.array(
        [
            complete[kind, order] - (0.0 if against is None else complete[kind, against])
            for kind, order, against in shown
        ]
    )
    bootstrap = inference.bootstrap(inference.clusters(complete.index))
    means = mean_intervals(samples, inference.rng("causal", str(attack)), **bootstrap)
    for (kind, order, against), mean in zip(shown, means, strict=True):
        yield {
            "attack": attack,
            "kind": kind,
            "order": order,
            "against": against,
            "n": len(complete),
            "n_missing": len(areas) - len(complete),
            "mean": mean.value,
            "ci_low": mean.low,
            "ci_high": mean.high,
            "unit_kind": inference.units.kind.value,
        }
