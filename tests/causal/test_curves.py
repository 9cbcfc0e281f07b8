"""Deletion and insertion curves against closed forms of linear models."""

from itertools import pairwise

import numpy as np
import pytest
import torch

from ssimball.causal.cells import random_order
from ssimball.causal.curves import CellOrder, curves, order_by
from ssimball.causal.interface import CausalTest
from ssimball.config.causal import CausalConfig

GRID = (7, 7)
CAM = np.random.default_rng(0).permutation(49).reshape(GRID).astype(np.float32)


def curves_test(model, batch_size=4, **settings):
    """Return the test of a network, with changed settings."""
    return CausalTest(model, CausalConfig(**settings), 3, batch_size)


def test_curves_of_a_linear_network_have_their_closed_form(linear):
    rng = np.random.default_rng(1)
    shape, pixels = (3, 3), 3 * 16
    values, slopes = rng.random(shape), rng.normal(size=shape) / pixels
    grown = [torch.from_numpy(np.kron(cells, np.ones((4, 4)))) for cells in (values, slopes)]
    clean, weight = (grid.expand(3, 12, 12) for grid in grown)
    order = order_by(rng.random(shape), 0, "a", "map")
    small, large = (
        curves(
            curves_test(linear(weight), batch_size, substitute="mean", curve_steps=9),
            *("a", 0, clean, {"cam": order}),
        )
        for batch_size in (4, 100)
    )
    assert [curve.kind for curve in small] == ["deletion", "insertion"]
    for curve in small:
        expected = []
        for count in range(10):
            shown = values.ravel().copy()
            cells = order.cells[:count] if curve.kind == "deletion" else order.cells[count:]
            shown[cells] = values.mean()
            logit = 1 + pixels * (slopes.ravel() * (shown - 0.5)).sum()
            expected.append(1 / (1 + np.exp(-logit)))
        assert curve.probabilities == pytest.approx(expected, abs=1e-12)
        assert curve.shares == pytest.approx(np.arange(10) / 9)
        area = sum((a + b) / 2 / 9 for a, b in pairwise(expected))
        assert curve.area == pytest.approx(area, abs=1e-12)
    assert small == large


def test_more_steps_than_cells_go_cell_by_cell_and_blur_keeps_constant_images(linear):
    clean = torch.full((3, 12, 12), 0.25, dtype=torch.float64)
    weight = torch.full((3, 12, 12), 1 / 432)
    orders = {"random": CellOrder(random_order(4, 0, "a"), (2, 2))}
    for curve in curves(curves_test(linear(weight), 8), "a", 0, clean, orders):
        assert curve.shares == (0, 0.25, 0.5, 0.75, 1)
        assert curve.area == pytest.approx(1 / (1 + np.exp(-0.75)))


def test_values_do_not_depend_on_the_batch(demo_classifier, scene):
    clean = torch.from_numpy(scene.transpose(2, 0, 1) / 255)
    orders = {"cam": order_by(CAM, 0, "a", "CAM")}
    found = []
    for size in (1, 4):
        test = curves_test(demo_classifier, size, curve_steps=3)
        found.append([curve.row() for curve in curves(test, "a", 3, clean, orders)])
    for first, second in zip(*found, strict=True):
        for key, value in first.items():
            expected = value if isinstance(value, str | None) else pytest.approx(value, abs=1e-4)
            assert second[key] == expected


def test_a_curve_without_values_has_a_reason(linear):
    model = linear(torch.full((3, 56, 56), float("nan")))
    orders = {
        "random": CellOrder(random_order(49, 0, "a"), GRID),
        "cam": order_by(np.ones(GRID), 0, "a", "CAM"),
    }
    clean = torch.full((3, 56, 56), 0.4, dtype=torch.float64)
    found = curves(curves_test(model, 8), "a", 0, clean, orders)
    assert [curve.status for curve in found] == [
        *["failed: the logits are not finite"] * 2,
        *["the CAM is the same in every cell"] * 2,
    ]
    assert all(curve.area is None for curve in found)
