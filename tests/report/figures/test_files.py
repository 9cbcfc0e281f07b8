"""Figures of a run without exact class activation maps say so."""

import matplotlib as mpl
import numpy as np
import pytest
from matplotlib.figure import Figure

from ssimball.report.figures import files
from ssimball.storage.contracts.figures import FIGURE_COSTS
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.provenance import Provenance
from ssimball.storage.tables import write_table

ORIGIN = Provenance(stage={}, code="", device="cpu", inputs={}, input_files={})


@pytest.mark.parametrize("bias", [0.5, None])
def test_a_figure_says_that_maps_are_not_exact(bias, tmp_path, monkeypatch):
    row = {"image_id": "a", "status": "ok", "label": 3, "image": "clean", "explained": "label"}
    row |= {"class_index": 3, "logit": 1.0, "map": np.ones((7, 7), np.float32), "bias": bias}
    missing = {**row, "status": "failed: no file", "logit": None, "map": None, "bias": None}
    path = tmp_path / EXPLANATIONS.at(explanation="cam", shard="00000")
    write_table(path, EXPLANATIONS, [missing, row], ORIGIN)
    saved = []
    monkeypatch.setattr(files, "save", lambda figure, _: saved.append(figure))
    figure = tmp_path / "figures" / "costs.parquet"
    files.publish(figure, FIGURE_COSTS, [], ORIGIN, lambda _: Figure())
    notes = [text.get_text() for text in saved[0].findobj(mpl.text.Text)]
    assert ("CAM: Grad-CAM, not exact " in notes) == (bias is None)
