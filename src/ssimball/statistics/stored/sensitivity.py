"""Statistics of the sensitivity sweep of a run."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pandas as pd

from ssimball.statistics.inference import Inference
from ssimball.statistics.sensitivity import FACTS, summarise_sensitivity
from ssimball.statistics.stored.columns import MEASURED, OUTCOME
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.sensitivity import SENSITIVITY_OVERLAP
from ssimball.storage.tables import read_frame, read_frames

Row = dict[str, Any]
_LEVEL = ("factor", "level", "is_base", "is_control", "attack", "network")


def sensitivity_summary_of_run(
    overlap: Path, attacks: Iterable[str], other_attacks: Iterable[str], inference: Inference
) -> list[Row]:
    """Summarise the sensitivity sweep of a run.

    Args:
        overlap: file of the ``sensitivity_overlap`` table.
        attacks: files of the ``attacks`` table of the run's own network.
        other_attacks: those of other networks: ``networks/<network>/attacks/<attack>/<shard>``.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.sensitivity.SENSITIVITY.
    """
    columns = [*OUTCOME, *FACTS]
    frames = [read_frames(attacks, ATTACKS, columns).assign(network=None)]
    for path in other_attacks:
        network = Path(path).parents[2].name
        frames.append(read_frames([path], ATTACKS, columns).assign(network=network))
    facts = pd.concat(frames, ignore_index=True)
    measured = read_frame(overlap, SENSITIVITY_OVERLAP, ["image_id", *_LEVEL, *MEASURED])
    return summarise_sensitivity(measured, facts, inference)
