"""Statistics of the networks with random weights of a run."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.config.stages.randomised import RandomisedStage
from ssimball.statistics.inference import Inference
from ssimball.statistics.stored.columns import OUTCOME
from ssimball.statistics.summary import summarise
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import network_prefix
from ssimball.storage.tables import read_frames

Row = dict[str, Any]
#: Facts of a network's stored images that are averaged, beside the fooling rate.
FACTS = ("mean_ssim", "margin")


def randomised_summary(
    overlap: Sequence[Row],
    attacks: Iterable[str],
    stage: RandomisedStage,
    inference: Inference,
) -> list[Row]:
    """Summarise each network over images.

    The statistics are those of :func:`ssimball.statistics.summary.summarise`, with networks in
    place of attacks.

    Args:
        overlap: rows of contracts.randomised.RANDOMISED_OVERLAP.
        attacks: files of the ``attacks`` table of all networks, in folders named by the network:
            ``networks/<network>/attacks/<attack>/<shard>``.
        stage: the attack and the networks.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.randomised.RANDOMISED.
    """
    paths = [Path(path) for path in attacks]
    frames = []
    for network in stage.networks:
        prefix = network_prefix(network.name)
        own = [path for path in paths if _prefix(path) == prefix]
        frame = read_frames(map(str, own), ATTACKS, [*OUTCOME, *FACTS])
        frames.append(frame.assign(attack=network.layers))
    facts = pd.concat(frames, ignore_index=True)
    measured = pd.DataFrame(overlap).drop(columns="attack").rename(columns={"layers": "attack"})
    rows = summarise(measured, facts, inference, FACTS)
    names = {network.layers: network.name for network in stage.networks}
    return [
        {**row, "network": names[row["attack"]], "layers": row["attack"], "attack": stage.attack}
        for row in rows
    ]


def _prefix(path: Path) -> str:
    """Return the prefix of the network whose folder holds an attack table."""
    network = path.parents[2]
    return network_prefix(network.name if network.parent.name == "networks" else None)
