"""The printed sensitivity sweep, word by word."""

from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, TOP_SHARE_CAM, quantity_columns
from ssimball.report.text.sensitivity import sensitivity_text

TEXT = """\
How much the overlap of ball depends on choices, with one thing changed at a time. Overlap: mean
rank correlation of SSIM deficit and CAM; for the factor top, mean share of the SSIM deficit in the
top cells. Null: the same with other images' CAMs. Partial: rank correlation given texture and
centre. Square brackets: as configured. Fooled: share of images fooled. Nothing here is tested.

                                      overlap      partial    images   mean
level                                mean  null   mean  null  fooled   SSIM
epsilon:
  [0.01]                            +0.50 +0.02  +0.40 +0.02     96%  0.990
  0.1                               -0.50 +0.02  +0.40 +0.02     96%  0.990
layer:
  [cam]                             +0.50 +0.02      -     -     96%  0.990
  early                             +0.05 +0.02      -     -     96%  0.990
top:
  [0.2]                             +0.30 +0.02      -     -     96%  0.990
  0.5                               +0.60 +0.02      -     -     96%  0.990
"""


def level(factor, value, mean, metric=SPEARMAN_CAM, partial=False, is_base=False):
    where = {"factor": factor, "level": value, "is_base": is_base}
    values = {metric: mean, "fooling_rate": 0.96, "mean_ssim": 0.99}
    if partial:
        values[PARTIAL_CAM] = 0.4
    return [
        {**where, **quantity_columns(name), "mean": mean, "null_mean": 0.02}
        for name, mean in values.items()
    ]


def test_the_whole_text():
    rows = [
        *level("epsilon", "0.01", 0.5, partial=True, is_base=True),
        *level("epsilon", "0.1", -0.5, partial=True),
        *level("layer", "cam", 0.5, is_base=True),
        *level("layer", "early", 0.05),
        *level("top", "0.2", 0.3, TOP_SHARE_CAM, is_base=True),
        *level("top", "0.5", 0.6, TOP_SHARE_CAM),
    ]
    assert sensitivity_text(rows, "ball") == TEXT
