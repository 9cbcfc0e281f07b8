"""Transfer counted by hand."""

import pandas as pd
import pytest

from ssimball.statistics.inference import Inference
from ssimball.statistics.transfer import shares_fooled, summarise_transfer

COLUMNS = ["image_id", "source", "target", "attack", "region", "fooled", "margin_fall"]
JUDGED = pd.DataFrame(
    [
        ("x", "a", "a", "ball", "all", True, 4.0),
        ("y", "a", "a", "ball", "all", True, 2.0),
        ("x", "a", "b", "ball", "all", True, 1.0),
        ("y", "a", "b", "ball", "all", False, 0.0),
        ("x", "a", "c", "ball", "all", False, 0.5),
        ("x", "a", "b", "ball", "top_cam", False, 0.1),
        ("x", "b", "a", "ball", "all", False, 0.2),
    ],
    columns=COLUMNS,
)
INFERENCE = Inference(confidence=0.95, resamples=99, seed=0)


def test_shares_leave_out_the_network_of_the_image():
    shares = shares_fooled(JUDGED, "a")
    assert shares["ball"].to_dict() == {"x": 0.5, "y": 0.0}
    assert shares["top_cam"].dropna().to_dict() == {"x": 0.0}


def test_pairs_are_counted_over_the_images_that_were_judged():
    rows = {
        (row["source"], row["target"], row["region"]): row
        for row in summarise_transfer(JUDGED, INFERENCE)
    }
    assert len(rows) == 5
    pair = rows["a", "b", "all"]
    assert (pair["n"], pair["fooled"], pair["margin_fall"]) == (2, 0.5, pytest.approx(0.5))
    assert pair["fooled_low"] < 0.5 < pair["fooled_high"]
    assert rows["a", "a", "all"]["fooled"] == 1
