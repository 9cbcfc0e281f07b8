"""The causal test against closed forms of linear models, and what has no value."""

from functools import partial
from itertools import pairwise

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from torch import nn

from ssimball.causal.cells import (
    cell_sets,
    equal_energy,
    largest_first,
    pixels_of,
    random_order,
    restrict,
)
from ssimball.causal.curves import curve_rows, order_of
from ssimball.causal.restricted import (
    CONSTANT_CAM,
    EMPTY_PART,
    NOT_CHANGED,
    Case,
    causal_rows,
    parts,
)
from ssimball.config.causal import CausalConfig
from ssimball.overlap.grids import pool_to_grid

AREAS = [0.1, 0.2, 0.3, 0.5]
GRID, SIZE = (7, 7), (56, 56)
CAM = np.random.default_rng(0).permutation(49).reshape(GRID).astype(np.float32)
TOP = CAM >= 49 - 10
PIXELS = 3 * 64


def case(stored, cam=CAM, **changes):
    clean = torch.full((3, *SIZE), 100 / 255, dtype=torch.float64)
    fields = {"label": 0, "target": None, "clean_margin": 1.0, "cam": cam}
    return Case("a", clean=clean, stored=clean + stored, **{**fields, **changes})


def by_part(model, one, areas=(0.2,), **changes):
    rows = causal_rows(model, one, areas=areas, seed=3, **{"batch_size": 4, **changes})
    return {(row["set"], row["area"], row["terms"]): row for row in rows}


def spread(cells, level):
    """A change by whole grey levels in some cells, (3, H, W)."""
    return pixels_of(cells, SIZE).expand(3, *SIZE).double() * level / 255


@given(
    st.tuples(st.integers(1, 9), st.integers(2, 9)),
    st.floats(0.01, 0.5),
    st.integers(0, 2**32),
    st.integers(2, 100),
)
def test_sets_have_equal_area_and_follow_the_cam(grid, area, seed, levels):
    cam = np.random.default_rng(seed).integers(0, levels, grid)
    sets = cell_sets(cam, area, seed, "a")
    cells = cam.size
    expected = min(max(round(area * cells), 1), cells // 2)
    assert {sets[name].sum() for name in ("top", "bottom", "random")} == {expected}
    assert not (sets["top"] & sets["bottom"]).any()
    assert cam[sets["top"]].min() >= cam[~sets["top"]].max()
    assert cam[sets["bottom"]].max() <= cam[~sets["bottom"]].min()
    assert (sets["rest_of_top"] == ~sets["top"]).all()


def test_smaller_areas_are_subsets():
    small, large = (cell_sets(np.ones(GRID), area, 0, "a") for area in (0.2, 0.5))
    for name in ("top", "bottom", "random"):
        assert (small[name] <= large[name]).all()


@pytest.mark.parametrize(
    "second",
    [lambda s: largest_first(np.eye(1, 9), 0, s)[1] - 1, lambda s: random_order(8, 0, s)[0]],
)
def test_ties_and_random_cells_prefer_no_cell(second):
    counts = np.bincount([second(str(number)) for number in range(4000)], minlength=8)
    # Expected 500 each, standard deviation 21.
    assert (abs(counts - 500) < 90).all()


@given(st.integers(1, 4), st.integers(12, 60), st.integers(12, 60), st.integers(0, 2**32))
def test_inside_and_outside_add_up_and_pixels_lie_in_the_cells_of_pooling(b, height, width, seed):
    rng = np.random.default_rng(seed)
    change = torch.from_numpy(rng.normal(size=(b, 3, height, width)))
    cells = rng.random((b, 5, 7)) < 0.5
    inside, outside = restrict(change, cells), restrict(change, ~cells)
    torch.testing.assert_close(inside + outside, change, rtol=0, atol=0)
    assert not (inside * outside).any()
    for one, membership in zip(pixels_of(cells, (height, width)), cells, strict=True):
        pooled = pool_to_grid(one.numpy(), (height, width), (5, 7))
        np.testing.assert_array_equal(pooled, membership)


@given(st.integers(0, 2**32))
def test_equal_energy_is_the_smallest_and_amplifies_nothing(seed):
    rng = np.random.default_rng(seed)
    cut = torch.from_numpy(
        rng.normal(size=(3, 3, 8, 8)) * 10.0 ** rng.integers(-3, 1, (3, 1, 1, 1))
    )
    norms = cut.flatten(1).norm(dim=1)
    scaled = equal_energy(cut)
    expected = pytest.approx([float(norms.min())] * 3, rel=1e-12)
    assert scaled.flatten(1).norm(dim=1).tolist() == expected
    assert bool((scaled.abs() <= cut.abs()).all())
    assert equal_energy(cut * torch.tensor([1.0, 0.0, 1.0])[:, None, None, None]) is None


def test_a_network_that_looks_at_the_top_cells_is_fooled_by_their_part_alone(linear):
    # 10 cells of 192 values, each up by 10 levels: the margin falls from 1 to -1 by the top alone.
    weight = -spread(TOP, 1) * 255 * 2 / (10 * PIXELS * 10 / 255)
    found = by_part(linear(weight), case(spread(np.ones(GRID, bool), 10)))
    clean = found["none", 0.0, "equal_area"]["margin"]
    hits = (cell_sets(CAM, 0.2, 3, "a")["random"] & TOP).sum()
    drops = {"all": 2, "top": 2, "bottom": 0, "rest_of_top": 0, "random": 2 * hits / 10}
    for (name, _, terms), row in found.items():
        if name == "none":
            continue
        assert clean - row["margin"] == pytest.approx(drops[name], abs=1e-9)
        assert row["margin_drop"] == pytest.approx(1 - row["margin"])
        cells = {"all": 49, "rest_of_top": 39}.get(name, 10)
        # All parts have the same energy as they are, and nothing is to be scaled.
        assert row["l2"] == pytest.approx(np.sqrt(cells * PIXELS) * 10 / 255), terms
    assert len(found) == len(parts([0.2])) == 9


def test_fooled_means_another_class_or_the_target(linear):
    weight = -spread(TOP, 1) * 255 * 2 / (10 * PIXELS * 10 / 255)
    # Margin 1 on the clean image.
    model = linear(weight)
    model.forward = lambda images: nn.functional.pad(
        torch.stack([1 + (weight * (images - 100 / 255)).flatten(1).sum(1)], 1), (0, 2)
    )
    change = spread(np.ones(GRID, bool), 10)
    for target, outcome in ((None, True), (1, True), (2, False)):
        found = by_part(model, case(change, target=target))
        fooled = {name: found[name, 0.2, "equal_area"]["fooled"] for name in ("top", "bottom")}
        assert fooled == {"top": outcome, "bottom": False}
        assert found["top", 0.2, "equal_area"]["predicted"] == 1


def test_equal_energy_scales_the_larger_parts_down(linear):
    change = spread(TOP, 20) + spread(~TOP, 10)
    found = by_part(linear(torch.zeros(3, *SIZE)), case(change))
    expected = np.sqrt(10 * PIXELS) * 10 / 255
    assert found["top", 0.2, "equal_area"]["l2"] == pytest.approx(2 * expected)
    for name in ("top", "bottom"):
        assert found[name, 0.2, "equal_energy"]["l2"] == pytest.approx(expected)


def test_parts_are_stored_in_8_bits_and_their_ssim_is_scikit_images(linear, reference_ssim, scene):
    clean = torch.from_numpy(scene[:56, :56].transpose(2, 0, 1) / 255)
    rng = np.random.default_rng(0)
    stored = torch.from_numpy(rng.integers(0, 256, (3, *SIZE)) / 255)
    one = Case("a", 0, None, clean, stored, 1.0, CAM)
    seen = []

    def model(images):
        seen.append(images)
        return torch.zeros(len(images), 2, dtype=torch.float64)

    rows = causal_rows(model, one, areas=[0.3], seed=0, batch_size=5)
    for image, row in zip(torch.cat(seen), rows, strict=True):
        levels = image * 255
        torch.testing.assert_close(levels, levels.round(), rtol=0, atol=1e-9)
        expected = reference_ssim(clean.numpy(), image.numpy()).mean()
        assert row["mean_ssim"] == pytest.approx(expected, abs=1e-10)


def test_curves_of_a_linear_network_have_their_closed_form(linear):
    rng = np.random.default_rng(1)
    shape, pixels = (3, 3), 3 * 16
    values, slopes = rng.random(shape), rng.normal(size=shape) / pixels
    grown = [torch.from_numpy(np.kron(cells, np.ones((4, 4)))) for cells in (values, slopes)]
    clean, weight = (one.expand(3, 12, 12) for one in grown)
    order = order_of(rng.random(shape), 0, "a", "map")
    settings = CausalConfig(substitute="mean", curve_steps=9)
    work = partial(curve_rows, linear(weight), "a", 0, clean, {"cam": order}, shape, settings)
    rows = {row["kind"]: row for row in work(batch_size=4)}
    for kind, row in rows.items():
        expected = []
        for count in range(10):
            shown = values.ravel().copy()
            shown[order[:count] if kind == "deletion" else order[count:]] = values.mean()
            logit = 1 + pixels * (slopes.ravel() * (shown - 0.5)).sum()
            expected.append(1 / (1 + np.exp(-logit)))
        assert row["probabilities"] == pytest.approx(expected, abs=1e-12)
        assert row["shares"] == pytest.approx(np.arange(10) / 9)
        area = sum((a + b) / 2 / 9 for a, b in pairwise(expected))
        assert row["area"] == pytest.approx(area, abs=1e-12)
    assert rows == {row["kind"]: row for row in work(batch_size=100)}


def test_more_steps_than_cells_go_cell_by_cell_and_blur_keeps_constant_images(linear):
    clean = torch.full((3, 12, 12), 0.25, dtype=torch.float64)
    weight = torch.full((3, 12, 12), 1 / 432)
    orders = {"random": random_order(4, 0, "a")}
    settings = CausalConfig(curve_steps=10)
    rows = curve_rows(linear(weight), "a", 0, clean, orders, (2, 2), settings, batch_size=8)
    for row in rows:
        assert row["shares"] == [0, 0.25, 0.5, 0.75, 1]
        assert row["area"] == pytest.approx(1 / (1 + np.exp(-0.75)))


def test_values_do_not_depend_on_the_batch(demo_classifier, scene):
    clean = torch.from_numpy(scene.transpose(2, 0, 1) / 255)
    noise = torch.from_numpy(np.random.default_rng(0).integers(-6, 7, (3, 224, 224)) / 255)
    one = Case("a", 3, None, clean, (clean + noise).clamp(0, 1), 5.0, CAM)
    settings = CausalConfig(curve_steps=3)
    found = []
    for size in (1, 4):
        rows = causal_rows(demo_classifier, one, areas=[0.2], seed=0, batch_size=size)
        order = {"cam": order_of(CAM, 0, "a", "CAM")}
        rows += curve_rows(demo_classifier, "a", 3, clean, order, GRID, settings, batch_size=size)
        found.append(rows)
    for first, second in zip(*found, strict=True):
        for key, value in first.items():
            expected = value if isinstance(value, str | None) else pytest.approx(value, abs=1e-4)
            assert second[key] == expected


@pytest.mark.parametrize(
    ("change", "cam", "reasons"),
    [
        (spread(TOP, 0), CAM, {NOT_CHANGED}),
        (spread(TOP, 9), np.ones(GRID), {"ok", CONSTANT_CAM}),
        (spread(TOP, 9), "failed: no CAM", {"ok", "failed: no CAM"}),
        # Nothing of it lies in the bottom cells.
        (spread(TOP, 9), CAM, {"ok", EMPTY_PART}),
    ],
)
def test_what_has_no_value_has_a_reason(linear, change, cam, reasons):
    found = by_part(linear(torch.zeros(3, *SIZE)), case(change, cam), AREAS)
    assert len(found) == len(parts(AREAS)) == 2 + 4 * 7
    assert {row["status"] for row in found.values()} == reasons
    assert all((row["status"] == "ok") == ("margin" in row) for row in found.values())
    if "ok" in reasons:
        assert found["all", 1.0, "equal_area"]["status"] == "ok"
    if EMPTY_PART in reasons:
        assert all(r["status"] == "ok" for key, r in found.items() if key[2] == "equal_area")


def test_logits_that_are_not_finite_become_a_reason(linear):
    model = linear(torch.full((3, *SIZE), float("nan")))
    found = by_part(model, case(spread(TOP, 9)))
    assert all("margin" not in row for row in found.values())
    assert found["all", 1.0, "equal_area"]["status"] == "failed: the logits are not finite"
    orders = {"random": random_order(49, 0, "a"), "cam": order_of(np.ones(GRID), 0, "a", "CAM")}
    image, settings = case(spread(TOP, 9)).clean, CausalConfig()
    rows = curve_rows(model, "a", 0, image, orders, GRID, settings, batch_size=8)
    assert [row["status"] for row in rows] == [
        *["failed: the logits are not finite"] * 2,
        *["the CAM is the same in every cell"] * 2,
    ]
    assert all("area" not in row for row in rows)
