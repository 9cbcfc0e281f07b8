"""Statistics of the noise in regions of a run."""

from collections.abc import Iterable
from typing import Any

from ssimball.statistics.inference import Inference
from ssimball.statistics.region_noise import FALL, FOOLED, summarise_region_noise
from ssimball.storage.contracts.region_noise import REGION_NOISE
from ssimball.storage.tables import read_frames


def region_noise_summary_of_run(
    region_noise: Iterable[str], inference: Inference
) -> list[dict[str, Any]]:
    """Summarise the noise in regions of a run.

    Args:
        region_noise: files of the ``region_noise`` table.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.region_noise.REGION_NOISE_SUMMARY.
    """
    outcomes = read_frames(region_noise, REGION_NOISE, ["image_id", "region", FALL, FOOLED])
    return summarise_region_noise(outcomes, inference)
