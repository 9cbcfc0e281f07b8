"""The printed curves, word by word."""

from ssimball.report.text.causal import causal_text

EXPECTED = """\
Do the cells with the largest SSIM deficit matter to the network? Cells of the clean image are
deleted, or restored, in the order of the deficit, of the CAM, or at random. If the order ranks them
by importance, the probability of the true class falls early under deletion (small area) and rises
early under insertion (large area).

Area under the deletion curve of the clean image, by the order of the cells
                            order of the cells     SSIM deficit minus random
attack          images  SSIM deficit   CAM random         area   from     to
ssim_ball          120         0.300 0.200  0.400       -0.100 -0.110 -0.090
fgsm                 7         0.450 0.200  0.400       +0.050 +0.040 +0.060

Area under the insertion curve of the clean image, by the order of the cells
                            order of the cells     SSIM deficit minus random
attack          images  SSIM deficit   CAM random         area   from     to
ssim_ball          120         0.500 0.600  0.400       +0.100 +0.090 +0.110
fgsm                 7         0.350 0.600  0.400       -0.050 -0.060 -0.040

  No image has all curves: blur

Nothing here is tested. Means over images; 95% intervals over images, not corrected. Every perturbed
image counts, fooling or not.
"""


def rows_of(attack, n, change):
    """Rows of the summary of one attack."""
    for kind, sign in (("deletion", 1), ("insertion", -1)):
        areas = {"deficit": 0.4 - sign * change, "cam": 0.4 - sign * 0.2, "random": 0.4}
        means = {(order, None): area for order, area in areas.items()}
        means |= {("deficit", "cam"): 9.0, ("deficit", "random"): -sign * change}
        for (order, against), mean in means.items():
            row = {"attack": attack, "kind": kind, "order": order, "against": against, "n": n}
            row |= {"mean": mean, "ci_low": mean - 0.01, "ci_high": mean + 0.01}
            values = row if n else {**row, "mean": None, "ci_low": None, "ci_high": None}
            yield {**values, "unit_kind": "images"}


def test_the_text():
    attacks = (("ssim_ball", 120, 0.1), ("fgsm", 7, -0.05), ("blur", 0, 0))
    rows = [row for attack in attacks for row in rows_of(*attack)]
    assert causal_text(rows, confidence=0.95) == EXPECTED
