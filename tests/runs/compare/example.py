"""Tables of a small run, and versions of them with changes."""

import numpy as np

from ssimball.overlap.metric import SPEARMAN_CAM, TOP_SHARE_CAM
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.contracts.maps import EXPLANATIONS
from ssimball.storage.contracts.overlap import COMPARISONS, SUMMARY
from ssimball.storage.images import encode_png
from ssimball.storage.provenance import Provenance

STAGE = {"stage": "attack", "settings": {"epsilon": 0.5, "steps": 3}}
CODE = "0" * 64
FGSM = "attacks/fgsm/00000.parquet"
CAM = "explanations/cam/00000.parquet"
IMAGE = np.arange(20 * 50 * 3, dtype=np.uint8).reshape(20, 50, 3) // 2
GRID = np.arange(49, dtype=np.float32).reshape(7, 7) - 8


def attack_rows():
    one = {"status": "attacked", "label": 3, "margin": -1.5, "mean_ssim": 0.99, "predicted": 4}
    more = {"success": True, "step_gaps": [0.5, 0.25], "seconds": 1.0}
    image = {"adversarial_png": encode_png(IMAGE)}
    rows = [{"image_id": name, **one, **more, **image} for name in "abc"]
    return [*rows, {"image_id": "d", "status": "skipped: misclassified", "label": 0}]


def cam_rows():
    asked = {"status": "ok", "label": 3, "image": "clean", "class_index": 3, "logit": 2.0}
    return [
        {"image_id": name, **asked, "explained": explained, "bias": 0.5, "map": GRID}
        for name in "ab"
        for explained in ("label", "predicted")
    ]


def summary_rows():
    return [
        {"attack": "fgsm", **metric.columns(), "n": 3, "n_missing": 0, "mean": 0.25}
        for metric in (SPEARMAN_CAM, TOP_SHARE_CAM)
    ]


CONTENT = {
    FGSM: (ATTACKS, attack_rows),
    CAM: (EXPLANATIONS, cam_rows),
    "summary.parquet": (SUMMARY, summary_rows),
    "comparisons.parquet": (COMPARISONS, list),
}


def origin(**changed):
    return Provenance(**{"stage": STAGE, "code": CODE, **changed})


def changed_rows(path, number, **values):
    rows = CONTENT[path][1]()
    rows[number] |= values
    return rows
