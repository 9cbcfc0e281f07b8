"""The CAM of the true class beside the CAMs of other classes of the same image."""

import numpy as np
import pytest

from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import SPEARMAN_CAM, Metric
from ssimball.overlap.table import OverlapSettings, overlaps

IDS = ("a", "b")
CELLS = np.arange(9.0).reshape(3, 3)
SETTINGS = OverlapSettings(top=0.2, null_draws=2, seed=0)


def measured(class_cams):
    """Measure a deficit that equals the CAM of the true class."""
    deficits = {"attack": {"deficit": dict.fromkeys(IDS, CELLS)}}
    cams = dict.fromkeys(IDS, CELLS)
    maps = Maps(cams, {}, cams, deficits, class_cams=class_cams)
    return {(o.metric, o.image_id): o for o in overlaps(maps, SETTINGS)}


def test_specific_part_is_the_correlation_less_that_with_other_classes():
    """Own CAM 1; the runner-up's is its reverse; of the top ten, one is equal and one reversed."""
    found = measured(
        {
            "runner_up": dict.fromkeys(IDS, -CELLS[None]),
            "top_ten": dict.fromkeys(IDS, np.stack([CELLS, -CELLS])),
            "class_mean": {"a": np.ones((1, 3, 3)), "b": np.exp(CELLS)[None]},
            "random_class": {"a": "skipped: too few classes", "b": CELLS[None]},
        }
    )
    for image in IDS:
        assert found[SPEARMAN_CAM, image].value == pytest.approx(1)
        for role, value in {"runner_up": 2, "top_ten": 1}.items():
            overlap = found[Metric(f"over_{role}", "cam"), image]
            assert (overlap.value, overlap.null) == (pytest.approx(value), 0)
    mean, drawn = (Metric(f"over_{role}", "cam") for role in ("class_mean", "random_class"))
    assert found[mean, "a"].reason == "the CAM of every such class is the same in every cell"
    assert found[drawn, "a"].reason == "skipped: too few classes"
    assert found[mean, "b"].value == found[drawn, "b"].value == pytest.approx(0)


def test_without_cams_of_other_classes_nothing_is_compared_with_them():
    assert not any(metric.measure.startswith("over_top_ten") for metric, _ in measured({}))
