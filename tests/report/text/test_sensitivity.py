"""The printed sensitivity sweep, word by word."""

from ssimball.overlap.metric import PARTIAL_CAM, SPEARMAN_CAM, TOP_SHARE_CAM, quantity_columns
from ssimball.report.text.sensitivity import sensitivity_text
from ssimball.statistics.verdicts import Verdict

TEXT = """\
How much the answer depends on choices. As configured, the overlap of ball is above its null. Of 4
other levels, with one thing changed at a time: 1 above its null, 1 below its null, 1 not
significantly different from its null, 1 undecided, because there are too few images. It changes at:
epsilon 0.1, layer early. Too few images to tell at: epsilon 0.2.

Overlap: mean rank correlation of SSIM deficit and CAM; for the factor top, mean share of the SSIM
deficit in the top cells. Partial: rank correlation given texture and centre. Verdicts: permutation
tests of value minus null after Holm's correction over all levels and metrics of the sweep; above or
below: significantly above or below the null; n.s.: no significant difference; too few: with so few
images no test could have shown a difference. Square brackets: as configured. Fooled: share of
images fooled.

                                          overlap           partial     images   mean
level                                mean  null verdict   mean verdict  fooled   SSIM
epsilon:
  [0.01]                            +0.50 +0.02   above  +0.40    n.s.     96%  0.990
  0.1                               -0.50 +0.02   below  +0.40    n.s.     96%  0.990
  0.2                               +0.10 +0.02 too few  +0.40    n.s.     96%  0.990
layer:
  [cam]                             +0.50 +0.02   above      -       -     96%  0.990
  early                             +0.05 +0.02    n.s.      -       -     96%  0.990
top:
  [0.2]                             +0.30 +0.02   above      -       -     96%  0.990
  0.5                               +0.60 +0.02   above      -       -     96%  0.990
"""


def level(factor, value, verdict, mean, metric=SPEARMAN_CAM, partial=False, is_base=False):
    where = {"factor": factor, "level": value, "is_base": is_base}
    values = {metric: (mean, verdict), "fooling_rate": (0.96, None), "mean_ssim": (0.99, None)}
    if partial:
        values[PARTIAL_CAM] = (0.4, Verdict.UNCLEAR)
    return [
        {**where, **quantity_columns(name), "mean": mean, "null_mean": 0.02, "verdict": verdict}
        for name, (mean, verdict) in values.items()
    ]


def test_the_whole_text():
    rows = [
        *level("epsilon", "0.01", Verdict.ABOVE, 0.5, partial=True, is_base=True),
        *level("epsilon", "0.1", Verdict.BELOW, -0.5, partial=True),
        *level("epsilon", "0.2", Verdict.UNDECIDED, 0.1, partial=True),
        *level("layer", "cam", Verdict.ABOVE, 0.5, is_base=True),
        *level("layer", "early", Verdict.UNCLEAR, 0.05),
        *level("top", "0.2", Verdict.ABOVE, 0.3, TOP_SHARE_CAM, is_base=True),
        *level("top", "0.5", Verdict.ABOVE, 0.6, TOP_SHARE_CAM),
    ]
    assert sensitivity_text(rows, "ball") == TEXT


def test_too_few_images_show_no_change():
    rows = [
        *level("epsilon", "0.01", Verdict.UNDECIDED, 0.5, is_base=True),
        *level("epsilon", "0.1", Verdict.UNDECIDED, -0.5),
    ]
    assert " ".join(sensitivity_text(rows, "ball").partition("\n\n")[0].split()) == (
        "How much the answer depends on choices. As configured, the overlap of ball is undecided, "
        "because there are too few images. Of 1 other levels, with one thing changed at a time: 1 "
        "undecided, because there are too few images. With so few images, nothing here shows where "
        "the answer changes."
    )
