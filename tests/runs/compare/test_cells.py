"""Differences of values are reported with their size and their row."""

import math
import zlib

import pytest

from ssimball.runs.compare.findings import DIFFERENT, WITHIN
from ssimball.storage.contracts.attacks import ATTACKS
from ssimball.storage.images import encode_png
from ssimball.storage.tables import write_table

from .example import CAM, FGSM, GRID, IMAGE, attack_rows, changed_rows, origin


@pytest.mark.parametrize(
    ("margin", "excess", "code"), [(-1.502, 0.002 / 0.0025, 0), (-1.504, 0.004 / 0.0025, 1)]
)
def test_a_number_is_within_tolerance_or_different(runs, ssimball, capsys, margin, excess, code):
    """The tolerance of -1.5 is 1e-3 + 1e-3 * 1.5 = 0.0025."""
    runs.rewrite(FGSM, changed_rows(FGSM, 1, margin=margin))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.row) == ("numbers", "margin", "b")
    assert (found.cells, found.compared, found.beyond) == (1, 4, code)
    assert found.absolute == pytest.approx(-1.5 - margin)
    assert found.relative == pytest.approx((-1.5 - margin) / -margin)
    assert found.excess == pytest.approx(excess)
    assert found.sides == ("-1.5", str(margin))
    assert ssimball("compare", runs.first, runs.second) == code
    printed = capsys.readouterr().out
    assert (DIFFERENT if code else WITHIN) in printed.splitlines()[2]
    assert "numbers margin 0.00" in printed
    assert ssimball("compare", runs.first, runs.second, "--exact") == 1


def test_the_largest_absolute_and_relative_differences_have_their_own_rows(runs):
    first, second = (
        [{**row, "l1": value} for row, value in zip(attack_rows(), values, strict=True)]
        for values in ((100.0, 1.0, 2.0, None), (101.0, 1.5, 2.0, None))
    )
    write_table(runs.first / FGSM, ATTACKS, first, origin())
    runs.rewrite(FGSM, second)
    (found,) = runs.findings(FGSM)
    assert (found.row, found.absolute) == ("a", 1.0)
    assert (found.relative_row, found.relative) == ("b", pytest.approx(1 / 3))
    assert found.cells == 2


def test_a_changed_pixel_is_reported_in_grey_levels(runs):
    other = IMAGE.copy()
    other[3, 4, 1] += 5
    other[3, 4, 2] += 2
    runs.rewrite(FGSM, changed_rows(FGSM, 2, adversarial_png=encode_png(other)))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.row) == ("images", "adversarial_png", "c")
    assert (found.cells, found.parts, found.absolute) == (1, 1, 5.0)
    # One of 1000 pixels may differ.
    assert found.excess == pytest.approx(1)
    other[0, 0] += 1
    runs.rewrite(FGSM, changed_rows(FGSM, 2, adversarial_png=encode_png(other)))
    (found,) = runs.findings(FGSM)
    assert (found.parts, found.verdict(exact=False)) == (2, DIFFERENT)


def test_equal_pixels_in_another_encoding_are_within_tolerance(runs):
    same = encode_png(IMAGE)
    end = same.index(b"IEND") - 4
    comment = b"tEXta\x00b"
    text = (3).to_bytes(4, "big") + comment + zlib.crc32(comment).to_bytes(4, "big")
    runs.rewrite(FGSM, changed_rows(FGSM, 0, adversarial_png=same[:end] + text + same[end:]))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.cells, found.parts, found.absolute) == ("images", 1, 0, 0.0)
    assert found.verdict(exact=False) == WITHIN


def test_images_of_another_size_and_bytes_that_are_no_image_are_different(runs):
    small = encode_png(IMAGE[:10])
    rows = changed_rows(FGSM, 0, adversarial_png=small)
    rows[1]["adversarial_png"] = b"no image"
    runs.rewrite(FGSM, rows)
    (found,) = runs.findings(FGSM)
    assert (found.cells, found.excess) == (2, math.inf)
    assert found.sides == ("20 x 50", "10 x 50")


def test_maps_and_lists_are_compared_number_by_number(runs):
    """A map may differ by a hundredth of its largest magnitude, 40."""
    other = GRID.copy()
    other[0, 0] += 0.25
    other[6, 6] -= 0.5
    runs.rewrite(CAM, changed_rows(CAM, 3, map=other))
    (found,) = runs.findings(CAM)
    assert (found.kind, found.what, found.row) == ("maps", "map", "b, clean, predicted")
    assert (found.cells, found.parts, found.absolute) == (1, 2, 0.5)
    assert found.excess == pytest.approx(0.5 / 0.4)
    runs.rewrite(CAM)
    runs.rewrite(FGSM, changed_rows(FGSM, 0, step_gaps=[0.5, 0.25, 0.125]))
    (found,) = runs.findings(FGSM)
    assert (found.kind, found.what, found.excess) == ("lists", "step_gaps", math.inf)
    assert found.sides == ("2 numbers", "3 numbers")


def test_words_truth_values_and_nulls_are_counted(runs):
    rows = changed_rows(FGSM, 0, status="failed: x", success=None, margin=None)
    rows[1] |= {"status": "failed: y", "success": False}
    runs.rewrite(FGSM, rows)
    found = {one.what: one for one in runs.findings(FGSM)}
    assert found.keys() == {"status", "success", "margin"}
    assert (found["status"].cells, found["status"].sides) == (2, ("attacked", "failed: x"))
    assert (found["success"].cells, found["success"].sides) == (2, ("True", "null"))
    assert (found["margin"].sides, found["margin"].excess) == (("-1.5", "null"), math.inf)


def test_classes_have_no_tolerance(runs):
    runs.rewrite(FGSM, changed_rows(FGSM, 0, predicted=5))
    (found,) = runs.findings(FGSM)
    assert (found.what, found.absolute, found.excess) == ("predicted", 1.0, math.inf)
