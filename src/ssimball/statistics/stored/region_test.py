"""Statistics of the region test of a run."""

from collections.abc import Iterable
from typing import Any

from ssimball.statistics.inference import Inference
from ssimball.statistics.region_test import COLUMNS, summarise_region_test
from ssimball.storage.contracts.region_test import REGION_TEST
from ssimball.storage.tables import read_frames


def region_test_summary_of_run(
    region_test: Iterable[str], inference: Inference
) -> list[dict[str, Any]]:
    """Summarise the region test of a run.

    Args:
        region_test: files of the ``region_test`` table.
        inference: settings of the statistics.

    Returns:
        Rows of contracts.region_test.REGION_TEST_SUMMARY.
    """
    outcomes = read_frames(region_test, REGION_TEST, ["image_id", "region", *COLUMNS])
    return summarise_region_test(outcomes, inference)
