"""Data of the run as a whole: attacks, classes, columns and colour maps."""

import base64
from typing import Any

import matplotlib as mpl
import numpy as np

from ssimball.report.explorer.layout import PAGE_IMAGES
from ssimball.report.explorer.measures import MEASURES, NUMBERS
from ssimball.report.explorer.overlap_values import OverlapValues
from ssimball.report.explorer.run_tables import RunTables
from ssimball.report.explorer.titles import TITLES
from ssimball.report.figures.pictures import CAM_LOOK, SSIM_LOOK
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.columns import Column
from ssimball.storage.contracts.images import CLASSES

#: Those of the figures and of the command line; readable with colour-vision deficiency.
_COLOURS = {"ssim": SSIM_LOOK["cmap"], "cam": CAM_LOOK["cmap"]}


def run_data(run: RunTables, overlap: OverlapValues) -> dict[str, Any]:
    """Return the content of ``data/run.js``."""
    available = {column.name for column in NUMBERS} | set(overlap.metrics)
    return {
        "run": run.stage.run,
        "images": len(run.images),
        "pictures": min(run.stage.pictures, len(run.images)),
        "page": PAGE_IMAGES,
        "attacks": [_attack(run, name) for name in run.attacks],
        "classes": {row["label"]: row["name"] for row in run.rows(CLASSES)},
        "measures": [one for one in MEASURES if one.get("null_of", one["name"]) in available],
        "columns": [_column(column) for column in NUMBERS],
        "metrics": overlap.metrics,
        "top": run.stage.top,
        "amplify": run.stage.amplify,
        "seed": run.stage.seed,
        "colours": {name: _colour_table(colours) for name, colours in _COLOURS.items()},
    }


def _column(column: Column) -> dict[str, str]:
    return {"name": column.name, "title": TITLES[column.name], "meaning": column.meaning}


def _attack(run: RunTables, name: str) -> dict[str, Any]:
    stage = run.origin(run.path(ATTACKS, attack=name, shard=run.shards[0]))["stage"]
    control = name in run.stage.controls
    return {"name": name, "control": control, "settings": stage["settings"]}


def _colour_table(name: str) -> str:
    """Return a colour map as base64 of 256 triples red, green, blue."""
    colours = mpl.colormaps[name](np.arange(256), bytes=True)
    return base64.b64encode(colours[:, :3].tobytes()).decode()
