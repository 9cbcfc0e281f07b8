"""The printed sensitivity sweep, word by word."""

from ssimball.overlap.metric import SPEARMAN_CAM, quantity_columns
from ssimball.report.text.sensitivity import sensitivity_text

TEXT = """\
The primary endpoint with one choice changed at a time: rank correlation of the SSIM deficit with
the image's own CAM less that with other images' CAMs, mean over images, 95% interval. explanation,
layer: another explanation in place of the CAM; gradient and smoothgrad depend on the gradient that
the attack follows. distortion: another one in place of the SSIM deficit. matched_outcome: the
smallest perturbation found that fools.

The cap tau = 8/255 and the bound on mean SSIM, in place of each window's, were chosen after looking
at this endpoint. Nothing here is tested.

ball: +0.50 as configured, interval +0.40 .. +0.60
  with one change: -0.40 (layer early) to +0.30 (steps 5)
  other sign: -0.40 (layer early)
  interval includes 0: +0.05 (tau 2/255)

signs: +0.50 as configured, interval +0.40 .. +0.60
  with one change: +0.20 (tau 2/255) to +0.20 (tau 2/255)
  other sign: none
  interval includes 0: none

                                        ball                                 signs
[as configured]         endpoint       interval fooled  SSIM  endpoint       interval fooled  SSIM
tau:
  2/255                    +0.05 -0.05 .. +0.15    96% 0.990     +0.20 +0.10 .. +0.30     0% 0.990
  [8/255]                  +0.50 +0.40 .. +0.60    96% 0.990     +0.50 +0.40 .. +0.60     2% 0.990
steps:
  [1]                      +0.50 +0.40 .. +0.60    96% 0.990
  5                        +0.30 +0.20 .. +0.40   100% 0.990
layer:
  [cam]                    +0.50 +0.40 .. +0.60    96% 0.990
  early                    -0.40 -0.50 .. -0.30    96% 0.990
"""


def level(factor, value, effect, *, half=0.1, fooled=0.96, control=False, is_base=False):
    """Rows of one level, its interval of half that width."""
    where = {"factor": factor, "level": value, "is_base": is_base, "is_control": control}
    attack = "signs" if control else "ball"
    ends = {"difference_ci_low": effect - half, "difference_ci_high": effect + half}
    values = {SPEARMAN_CAM: effect, "fooling_rate": fooled, "mean_ssim": 0.99}
    return [
        {**where, "attack": attack, **quantity_columns(name), "mean": mean, "n": 10}
        | ({"difference": effect, **ends} if name == SPEARMAN_CAM else {})
        for name, mean in values.items()
    ]


def test_the_whole_text():
    rows = [
        *level("tau", "2/255", 0.05),
        *level("tau", "8/255", 0.5, is_base=True),
        *level("steps", "1", 0.5, is_base=True),
        *level("steps", "5", 0.3, fooled=1.0),
        *level("layer", "cam", 0.5, is_base=True),
        *level("layer", "early", -0.4),
        *level("tau", "2/255", 0.2, control=True, fooled=0.0),
        *level("tau", "8/255", 0.5, control=True, fooled=0.02, is_base=True),
    ]
    assert sensitivity_text(rows, 0.95) == TEXT


def test_a_sweep_without_a_control_has_one_attack():
    rows = [*level("tau", "8/255", 0.5, is_base=True), *level("tau", "none", 0.4)]
    text = sensitivity_text(rows, 0.9)
    assert "signs" not in text and "90% interval" in text
