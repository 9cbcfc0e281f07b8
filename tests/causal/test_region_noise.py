"""Noise in regions of equal area, against a linear model and plain enumeration."""

import numpy as np
import pytest
import torch

from ssimball.causal.region_maps import NO_OBJECT, NO_OTHER, StoredMaps, sensitivity
from ssimball.causal.region_noise import RegionNoise, noise, region_noise_shard
from ssimball.causal.shard import CleanImage, decode
from ssimball.config.region_noise import RegionNoiseConfig
from ssimball.storage.contracts.region_names import EQUAL_REGIONS
from ssimball.storage.images import encode_png

RNG = np.random.default_rng(0)
HEIGHT, WIDTH, CELL = 56, 28, 7
GRID = (HEIGHT // CELL, WIDTH // CELL)
#: A fifth of 32 cells.
COUNT = 6
PNG = encode_png(RNG.integers(0, 256, (HEIGHT, WIDTH, 3), dtype=np.uint8))
#: Of different scale in each cell, so that their order is no accident.
WEIGHT = torch.from_numpy(
    RNG.normal(size=(3, HEIGHT, WIDTH)) * np.kron(RNG.uniform(1, 9, GRID), np.ones((CELL, CELL)))
)
CLEAN = decode("a", PNG)
MARGIN = float((WEIGHT * (CLEAN - 0.5)).sum()) + 1
CAM, TEXTURE, OTHER = (RNG.normal(size=GRID) for _ in range(3))
MASK = RNG.uniform(size=GRID)
MAPS = StoredMaps({"a": CAM}, {"a": TEXTURE}, {"a": OTHER}, {"a": MASK})


def outcomes(model, maps=MAPS, correct=True, seed=3, **settings):
    """Return the outcomes of one image of class 0, by region and draw."""
    test = RegionNoise(model, RegionNoiseConfig(**settings), 0.2, seed)
    image = CleanImage("a", 0, "ok", correct, PNG, MARGIN)
    found = list(region_noise_shard(test, [image], maps))
    by_region = {(o.region, o.draw): o for o in found}
    assert len(by_region) == len(found) == 9 + test.settings.random_sets
    return by_region


def largest(values):
    """Return the cells of the largest values, by sorting pairs."""
    ranked = sorted(((value, cell) for cell, value in enumerate(np.ravel(values))), reverse=True)
    return sorted(cell for _, cell in ranked[:COUNT])


def test_regions_are_the_largest_cells_of_their_maps_and_of_equal_area(linear):
    found = outcomes(linear(WEIGHT))
    blocks = WEIGHT.abs().sum(0).numpy().reshape(GRID[0], CELL, GRID[1], CELL)
    expected = {
        "top_cam": CAM,
        "bottom_cam": -CAM,
        "top_texture": TEXTURE,
        "other_cam": OTHER,
        "top_gradient": blocks.mean(axis=(1, 3)),
    }
    for name, values in expected.items():
        assert found[name, 0].cells == largest(values), name
    assert {len(o.cells) for key, o in found.items() if key[0] in EQUAL_REGIONS} == {COUNT}
    assert found["object", 0].cells == np.flatnonzero(MASK >= 0.5).tolist()
    both = found["top_cam", 0].cells + found["all_but_top_cam", 0].cells
    assert sorted(both) == list(range(32))
    assert found["all", 0].cells == list(range(32))
    # Of the four cells around the middle, none lies outside.
    assert {13, 14, 17, 18} < set(found["centre", 0].cells)
    drawn = [tuple(o.cells) for key, o in found.items() if key[0] == "random"]
    assert len(set(drawn)) == len(drawn) == 10


def test_margin_of_a_linear_model_falls_by_the_noise_in_the_region(linear):
    found = outcomes(linear(WEIGHT))
    test = RegionNoise(linear(WEIGHT), RegionNoiseConfig(), 0.2, 3)
    change = noise(test, "a", CLEAN)
    assert float((CLEAN + change).min()) >= 0 and float((CLEAN + change).max()) <= 1
    free = (CLEAN + change > 0) & (CLEAN + change < 1) & ((CLEAN - 0.5).abs() < 0.05)
    assert float(change[free].std()) == pytest.approx(0.2, rel=0.2)
    of_cell = (WEIGHT * change).sum(0).reshape(GRID[0], CELL, GRID[1], CELL).sum((1, 3)).ravel()
    for outcome in found.values():
        fall = -float(of_cell[outcome.cells].sum())
        assert outcome.margin_fall == pytest.approx(fall, abs=1e-9)
        assert outcome.fooled == (MARGIN - fall < 0)
    assert {outcome.fooled for outcome in found.values()} == {True, False}


def test_outcomes_depend_on_seed_and_image_alone(linear):
    once, again = (outcomes(linear(WEIGHT)) for _ in range(2))
    assert once == again
    fewer = outcomes(linear(WEIGHT), random_sets=2)
    assert fewer.items() <= once.items()
    other = outcomes(linear(WEIGHT), seed=4)
    assert other["top_cam", 0].cells == once["top_cam", 0].cells
    assert other["top_cam", 0].margin_fall != once["top_cam", 0].margin_fall
    assert other["random", 0].cells != once["random", 0].cells


@pytest.mark.parametrize(
    ("maps", "reasons"),
    [
        (
            StoredMaps({"a": CAM}, {"a": TEXTURE}, {}, {}),
            {"other_cam": NO_OTHER, "object": NO_OBJECT},
        ),
        (
            StoredMaps({"a": np.ones(GRID)}, {"a": "no clean image"}, {"a": "failed: x"}, {}),
            {
                "object": NO_OBJECT,
                **dict.fromkeys(
                    ("top_cam", "bottom_cam", "all_but_top_cam"),
                    "the CAM is the same in every cell",
                ),
                **{"top_texture": "no clean image", "other_cam": "failed: x"},
            },
        ),
    ],
)
def test_a_region_without_its_map_has_a_reason(linear, maps, reasons):
    found = outcomes(linear(WEIGHT), maps)
    assert {k: o.status for (k, _), o in found.items() if o.status != "ok"} == reasons
    assert all((o.status == "ok") == (o.margin_fall is not None) for o in found.values())


def test_images_without_a_cam_or_misclassified_have_no_values(linear):
    for changes, reason in (
        ({"maps": StoredMaps({"a": "failed: x"}, {"a": TEXTURE}, {}, {})}, "failed: x"),
        ({"correct": False}, "skipped: misclassified"),
    ):
        found = outcomes(linear(WEIGHT), **changes)
        assert {o.status for o in found.values()} == {reason}
        assert {o.cells for o in found.values()} == {None}


def test_a_gradient_that_is_not_finite_is_a_reason(linear):
    found = sensitivity(linear(WEIGHT * float("nan")), 0, CLEAN, GRID)
    assert found.startswith("failed: the gradient")
