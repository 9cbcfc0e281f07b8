"""The printed causal test, word by word."""

import itertools

import pandas as pd
import pytest

from ssimball.report.text.causal import causal_text

TEXT = """\
The causal test: is it the part of the perturbation inside the CAM that fools the network? Each
stored perturbation was cut to the 20% of cells with the largest CAM of the clean image (top cells),
to as many cells with the smallest CAM (bottom cells), to as many random cells, and to all cells but
the top. Each part was rounded to 8 bits and given to the network.

Images fooled by each part (top, bottom, random: 20% of the cells)
                                  part, equal area           part, equal energy
attack          images  whole top bottom random all but top   top bottom random
attack              20    90% 60%    10%    20%         40%   60%    10%    20%
control             20     0%  0%     0%     0%          0%    0%     0%     0%

Mean drop in the margin of the true class (logits) by each part
                          part, equal area
attack          whole  top bottom random all but top
attack           5.00 3.00   1.00   3.50        2.00
control          0.00 0.00   0.00   0.00        0.00

Difference in margin drop (logits) and in images fooled, equal area
                      top minus bottom              top minus random
attack          margin       interval fooled  margin       interval fooled
attack           +2.00 +1.90 .. +2.10   +50%   -0.50 -0.60 .. -0.40      -
control          +0.00 -0.10 .. +0.10    +0%   +0.00 -0.10 .. +0.10      -

Difference in margin drop (logits) and in images fooled, equal area and energy
                      top minus bottom              top minus random
attack          margin       interval fooled  margin       interval fooled
attack           +2.00 +1.90 .. +2.10   +50%   -0.50 -0.60 .. -0.40      -
control          +0.00 -0.10 .. +0.10    +0%   +0.00 -0.10 .. +0.10      -

Area under the curves of the clean image, by the order of the cells
                      deletion curve            insertion curve
attack          SSIM deficit   CAM random  SSIM deficit   CAM random
attack                 0.300 0.100  0.400         0.600 0.700  0.400
control                0.300 0.100  0.400         0.600 0.700  0.400

Nothing here is tested. Intervals: 95%, over images, not corrected for the number of comparisons.
All images with a perturbation count, whether the whole perturbation fools or not. Equal energy:
before rounding, parts are scaled down to the smallest l2 norm of top, bottom and random. Curves:
probability of the true class while cells of the clean image are deleted or inserted in the given
order.
"""
RATES = {"all": 0.9, "top": 0.6, "bottom": 0.1, "random": 0.2, "rest_of_top": 0.4}
DROPS = {"all": 5.0, "top": 3.0, "bottom": 1.0, "random": 3.5, "rest_of_top": 2.0}
AREAS = {
    "deletion_area": {"deficit": 0.3, "cam": 0.1, "random": 0.4},
    "insertion_area": {"deficit": 0.6, "cam": 0.7, "random": 0.4},
}


def summary(attack, factor):
    """Rows of the causal summary: rates and drops are multiples of those above."""

    def row(metric, terms, name, mean, against=None, **columns):
        area = None if terms is None else 1.0 if name == "all" else 0.2
        where = {"attack": attack, "metric": metric, "area": area, "terms": terms, "set": name}
        return {
            **where,
            "against": against,
            "n": 20,
            "unit_kind": "images",
            "mean": mean,
            **columns,
        }

    rows = []
    for terms in ("equal_area", "equal_energy"):
        for name, rate in RATES.items():
            rows.append(row("fooling_rate", terms, name, factor * rate))
            rows.append(row("margin_drop", terms, name, factor * DROPS[name]))
    for terms, other in itertools.product(("equal_area", "equal_energy"), ("bottom", "random")):
        mean = factor * (DROPS["top"] - DROPS[other])
        ends = {"ci_low": mean - 0.1, "ci_high": mean + 0.1}
        rows.append(row("margin_drop", terms, "top", mean, other, **ends))
    for terms in ("equal_area", "equal_energy"):
        rows.append(row("fooling_rate", terms, "top", factor * 0.5, "bottom"))
    for metric, areas in AREAS.items():
        rows += [row(metric, None, order, area) for order, area in areas.items()]
    return rows


@pytest.mark.parametrize("through_pandas", [False, True])
def test_the_whole_text(through_pandas):
    rows = [*summary("attack", 1), *summary("control", 0)]
    if through_pandas:
        # Read back by pandas, nulls are NaN.
        rows = pd.DataFrame(rows).to_dict("records")
    text = causal_text(rows, top=0.25, confidence=0.95)
    assert text == TEXT
    assert max(map(len, text.splitlines())) <= 100
