"""The region test against a linear model, the certificate's formula and plain SSIM."""

import dataclasses

import numpy as np
import pytest
import torch

from ssimball.ball.ball import Ball
from ssimball.causal.confined import ConfinedStep, Target
from ssimball.causal.region_maps import StoredMaps
from ssimball.causal.region_test import RegionTest, region_test_shard
from ssimball.causal.shard import CleanImage, decode
from ssimball.config.attacks.ball import SsimBallConfig
from ssimball.ssim.index import ssim_map
from ssimball.storage.images import encode_png, to_tensor

RNG = np.random.default_rng(0)
HEIGHT, WIDTH, CELL = 56, 28, 7
GRID = (HEIGHT // CELL, WIDTH // CELL)
PNG = encode_png(RNG.integers(90, 170, (HEIGHT, WIDTH, 3), dtype=np.uint8))
WEIGHT = torch.from_numpy(
    RNG.normal(size=(3, HEIGHT, WIDTH)) * np.kron(RNG.uniform(1, 9, GRID), np.ones((CELL, CELL)))
)
CLEAN = decode("a", PNG)
#: Of two classes whose logits are linear and opposite, so that the margin is linear.
MARGIN = float((WEIGHT * (CLEAN - 0.5)).sum()) + 1
CAM, TEXTURE, OTHER, MASK = (RNG.uniform(size=GRID) for _ in range(4))
MAPS = StoredMaps({"a": CAM}, {"a": TEXTURE}, {"a": OTHER}, {"a": MASK})
TARGET = Target(0.99, 1e-4)


def outcomes(model, maps=MAPS, correct=True, target=TARGET, sets=2, **settings):
    """Return the outcomes of one image of class 0, by region and draw."""
    test = RegionTest(model, SsimBallConfig(**settings), target, 0.2, sets, 0.9, seed=3)
    image = CleanImage("a", 0, "ok", correct, PNG, MARGIN)
    found = list(region_test_shard(test, [image], maps))
    by_region = {(o.region, o.draw): o for o in found}
    assert len(by_region) == len(found) == 9 + sets
    return by_region


def test_bounds_hold_what_the_region_can_reach(linear):
    """The certified optimum of a region against random feasible points, and the shares."""
    found = outcomes(linear(WEIGHT))
    whole = found["all", 0]
    assert whole.share_high == 1 and 0.999 <= whole.share_low <= 1
    g = (-WEIGHT / WEIGHT.abs().max()).half().double()[None]
    for outcome in found.values():
        assert outcome.status == "ok"
        assert 0.999 * outcome.dual <= outcome.primal <= outcome.dual
        assert outcome.share_low == pytest.approx(outcome.primal / whole.dual)
        assert outcome.share_high == pytest.approx(min(1, outcome.dual / whole.primal))
        mask = np.zeros(GRID, bool)
        mask.flat[outcome.cells] = True
        inside = torch.from_numpy(np.kron(mask, np.ones((CELL, CELL))) > 0)[None]
        ball = Ball.around(CLEAN[None], 0.01, 8 / 255)
        best = ball.project_box(1e-3 * g * inside)
        used = float((best * ball.quadratic.apply(best)).sum())
        feasible = best * min(1.0, (ball.radius / used) ** 0.5)
        assert float((g * feasible).sum()) <= outcome.dual * (1 + 1e-9)
    asked = {key for key, outcome in found.items() if outcome.least_low is not None}
    assert asked == {("top_cam", 0), ("random", 0)}
    for key in asked:
        assert 0 <= found[key].least_low <= found[key].least_high <= found[key].spent_inside
    # Without windows across the border between the two, the squares of their shares would add up to
    # at least 1 without the box, and their shares to at most the root of 2.
    parts = found["top_cam", 0], found["all_but_top_cam", 0]
    assert sum(part.share_high for part in parts) >= 0.9
    assert sum(part.share_low for part in parts) <= 1.5


def test_judged_images_have_the_same_ssim_and_keep_to_region_and_cap(linear):
    step = ConfinedStep(CLEAN, -WEIGHT.float(), SsimBallConfig(tau="40/255"))
    inside = torch.zeros(HEIGHT, WIDTH, dtype=torch.bool)
    inside[7:35, :14] = True
    first = step.best(inside, 0.01)
    found = step.brought_to(TARGET, inside, first, np.random.default_rng(0))
    picture = to_tensor(found.image)
    change = (picture - CLEAN).abs()
    assert found.matched and found.epsilon != 0.01
    assert not bool(change[:, ~inside].any())
    assert float(change.max()) <= 40 / 255 + 1e-9
    similarity = float(ssim_map(CLEAN[None], picture[None]).mean())
    assert similarity == pytest.approx(found.mean_ssim, abs=1e-9)
    assert similarity == pytest.approx(0.99, abs=1e-4)


def test_a_region_with_too_little_room_keeps_its_largest_change(linear):
    found = outcomes(linear(WEIGHT), target=Target(0.9, 1e-4), tau="3/255")
    for outcome in found.values():
        assert (outcome.matched, outcome.scale) == (False, 1.0)
        assert outcome.mean_ssim > 0.9 + 1e-4
    # The whole box is inside the ball then: every pixel moves by the cap, and a linear margin
    # falls by the cap times the absolute weights.
    expected = 3 / 255 * float(WEIGHT.abs().sum())
    assert found["all", 0].margin_fall == pytest.approx(expected, rel=1e-6)


def test_margin_and_verdict_are_those_of_the_stored_image(linear):
    found = outcomes(linear(WEIGHT), tau="24/255")
    assert {outcome.matched for outcome in found.values()} == {True}
    by_fall = sorted(found.values(), key=lambda outcome: outcome.margin_fall)
    assert by_fall[-1].region in ("all", "all_but_top_cam")
    for outcome in found.values():
        assert outcome.fooled == (outcome.margin_fall > MARGIN)
    again = outcomes(linear(WEIGHT), sets=3, tau="24/255")
    assert {key: again[key] for key in found} == found


def test_images_without_values_have_a_reason(linear):
    for changes, reason in (
        ({"maps": dataclasses.replace(MAPS, cams={"a": "failed: x"})}, "failed: x"),
        ({"correct": False}, "skipped: misclassified"),
    ):
        found = outcomes(linear(WEIGHT), **changes)
        assert {o.status for o in found.values()} == {reason}
        assert {o.primal for o in found.values()} == {None}
    without = outcomes(linear(WEIGHT), dataclasses.replace(MAPS, masks={}))
    reasons = {key[0]: o.status for key, o in without.items() if o.status != "ok"}
    assert reasons == {"object": "the image has no object mask"}
    broken = outcomes(linear(WEIGHT * float("nan")))
    assert all(o.status.startswith("failed: ") for o in broken.values())
