"""Restricted perturbations against closed forms of linear models."""

import numpy as np
import pytest
import torch
from torch import nn

from ssimball.causal.cells import cell_sets
from ssimball.causal.parts import CONSTANT_CAM, EMPTY_PART, NOT_CHANGED, AttackedImage, all_parts
from ssimball.causal.restricted import part_outcomes

from .images import CAM, GRID, SIZE, TOP, attacked, causal_test, spread

AREAS = [0.1, 0.2, 0.3, 0.5]
#: Values in a cell: 8 x 8 pixels of three channels.
PIXELS = 3 * 64


def by_part(model, image, areas=(0.2,)):
    outcomes = part_outcomes(causal_test(model, areas=list(areas)), image)
    return {(o.part.set, o.part.area, o.part.comparison): o for o in outcomes}


def test_a_network_that_looks_at_the_top_cells_is_fooled_by_their_part_alone(linear):
    # 10 cells of 192 values, each up by 10 levels: the margin falls from 1 to -1 by the top alone.
    weight = -spread(TOP, 1) * 255 * 2 / (10 * PIXELS * 10 / 255)
    found = by_part(linear(weight), attacked(spread(np.ones(GRID, bool), 10)))
    clean = found["none", 0.0, "equal_area"].margin
    hits = (cell_sets(CAM, 0.2, 3, "a")["random"] & TOP).sum()
    drops = {"all": 2, "top": 2, "bottom": 0, "rest_of_top": 0, "random": 2 * hits / 10}
    for (name, _, comparison), outcome in found.items():
        if name == "none":
            continue
        assert clean - outcome.margin == pytest.approx(drops[name], abs=1e-9)
        assert outcome.margin_drop == pytest.approx(1 - outcome.margin)
        cells = {"all": 49, "rest_of_top": 39}.get(name, 10)
        # All parts have equal energy before scaling, so scaling changes nothing.
        assert outcome.l2 == pytest.approx(np.sqrt(cells * PIXELS) * 10 / 255), comparison
    assert len(found) == len(all_parts([0.2])) == 9


def test_fooled_means_another_class_or_the_target(linear):
    weight = -spread(TOP, 1) * 255 * 2 / (10 * PIXELS * 10 / 255)
    # Margin 1 on the clean image.
    model = linear(weight)
    model.forward = lambda images: nn.functional.pad(
        torch.stack([1 + (weight * (images - 100 / 255)).flatten(1).sum(1)], 1), (0, 2)
    )
    change = spread(np.ones(GRID, bool), 10)
    for target, fools in ((None, True), (1, True), (2, False)):
        found = by_part(model, attacked(change, target=target))
        fooled = {name: found[name, 0.2, "equal_area"].fooled for name in ("top", "bottom")}
        assert fooled == {"top": fools, "bottom": False}
        assert found["top", 0.2, "equal_area"].predicted == 1


def test_equal_energy_scales_the_larger_parts_down(linear):
    change = spread(TOP, 20) + spread(~TOP, 10)
    found = by_part(linear(torch.zeros(3, *SIZE)), attacked(change))
    expected = np.sqrt(10 * PIXELS) * 10 / 255
    assert found["top", 0.2, "equal_area"].l2 == pytest.approx(2 * expected)
    for name in ("top", "bottom"):
        assert found[name, 0.2, "equal_energy"].l2 == pytest.approx(expected)


def test_parts_are_stored_in_8_bits_and_their_ssim_is_scikit_images(linear, reference_ssim, scene):
    clean = torch.from_numpy(scene[:56, :56].transpose(2, 0, 1) / 255)
    rng = np.random.default_rng(0)
    stored = torch.from_numpy(rng.integers(0, 256, (3, *SIZE)) / 255)
    image = AttackedImage("a", 0, None, clean, stored, 1.0, CAM)
    seen = []

    def model(images):
        seen.append(images)
        return torch.zeros(len(images), 2, dtype=torch.float64)

    outcomes = part_outcomes(causal_test(model, batch_size=5, seed=0, areas=[0.3]), image)
    shown = torch.cat(seen)
    torch.testing.assert_close(shown * 255, (shown * 255).round(), rtol=0, atol=1e-9)
    expected = [reference_ssim(clean.numpy(), version.numpy()).mean() for version in shown]
    # At equal energy the smallest part is the same; the network classifies it once.
    assert len(shown) == len(outcomes) - 1
    distinct = list(dict.fromkeys(outcome.mean_ssim for outcome in outcomes))
    assert distinct == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize(
    ("change", "cam", "reasons"),
    [
        (spread(TOP, 0), CAM, {NOT_CHANGED}),
        (spread(TOP, 9), np.ones(GRID), {"ok", CONSTANT_CAM}),
        (spread(TOP, 9), "failed: no CAM", {"ok", "failed: no CAM"}),
        # The perturbation is zero in the bottom cells.
        (spread(TOP, 9), CAM, {"ok", EMPTY_PART}),
    ],
)
def test_a_part_without_values_has_a_reason(linear, change, cam, reasons):
    found = by_part(linear(torch.zeros(3, *SIZE)), attacked(change, cam), AREAS)
    assert len(found) == len(all_parts(AREAS)) == 2 + 4 * 7
    assert {outcome.status for outcome in found.values()} == reasons
    assert all((o.status == "ok") == (o.margin is not None) for o in found.values())
    if "ok" in reasons:
        assert found["all", 1.0, "equal_area"].status == "ok"
    if EMPTY_PART in reasons:
        assert all(o.status == "ok" for key, o in found.items() if key[2] == "equal_area")


def test_logits_that_are_not_finite_are_a_reason(linear):
    model = linear(torch.full((3, *SIZE), float("nan")))
    found = by_part(model, attacked(spread(TOP, 9)))
    assert all(outcome.margin is None for outcome in found.values())
    assert found["all", 1.0, "equal_area"].status == "failed: the logits are not finite"
