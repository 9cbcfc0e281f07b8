"""What the explorer knows of the run as a whole: attacks, classes, columns, colours."""

import base64
from typing import Any

import matplotlib as mpl
import numpy as np

from ssimball.report.explorer.layout import page_size
from ssimball.report.explorer.measures import MEASURES, NUMBERS
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.shown import Shown
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.images import CLASSES

#: Both can be told apart by colour-blind readers.
_COLOURS = {"ssim": "cividis_r", "cam": "RdBu_r"}


def run_data(shown: Shown, overlap: OverlapValues) -> dict[str, Any]:
    """Data of ``data/run.js``."""
    known = {column.name for column in NUMBERS} | set(overlap.metrics)
    return {
        "run": shown.stage.run,
        "images": len(shown.images),
        "pictures": min(shown.stage.pictures, len(shown.images)),
        "page": page_size(len(shown.images)),
        "attacks": [_attack(shown, name) for name in shown.attacks],
        "classes": {row["label"]: row["name"] for row in shown.rows(CLASSES)},
        "measures": [measure for measure in MEASURES if measure["name"] in known],
        "columns": [{"name": column.name, "meaning": column.meaning} for column in NUMBERS],
        "metrics": overlap.metrics,
        "top": shown.stage.top,
        "amplify": shown.stage.amplify,
        "seed": shown.stage.seed,
        "colours": {name: _table(colours) for name, colours in _COLOURS.items()},
    }


def _attack(shown: Shown, name: str) -> dict[str, Any]:
    stage = shown.origin(shown.path(ATTACKS, attack=name, shard=shown.shards[0]))["stage"]
    control = name in shown.stage.controls
    return {"name": name, "control": control, "settings": stage["settings"]}


def _table(name: str) -> str:
    """A colour map as base64 of 256 times red, green, blue."""
    colours = mpl.colormaps[name](np.arange(256), bytes=True)
    return base64.b64encode(colours[:, :3].tobytes()).decode()
