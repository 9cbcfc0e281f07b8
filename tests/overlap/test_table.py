"""The overlap table: pairing with other images' maps, and a row for everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from ssimball.overlap.grids import centre_map
from ssimball.overlap.scores import spearman
from ssimball.overlap.table import derangements, overlap_table

# Metrics of each kind of reference, nulls counted.
CAM, MASK, TEXTURE, CENTRE = 24, 16, 2, 1
SETTINGS = {"top": 0.2, "null_draws": 20, "seed": 3}


def grids(seed, ids):
    rng = np.random.default_rng(seed)
    return {image: rng.random((7, 7)) for image in ids}


def table(ids, cams, deficits, masks, textures=None, explanations=None, others=None, **changes):
    textures = grids(9, sorted(ids)) if textures is None else textures
    maps = {attack: {"deficit": of} | (others or {}) for attack, of in deficits.items()}
    settings = {**SETTINGS, **changes}
    rows = overlap_table(ids, cams, maps, masks, textures, explanations or {}, **settings)
    return {(r["attack"], r["metric"], r["image_id"]): (r["value"], r["reason"]) for r in rows}


@given(st.integers(2, 40), st.integers(1, 20), st.integers(0, 2**32))
def test_derangements_move_every_image(count, draws, seed):
    found = derangements(count, draws, seed)
    assert found.shape == (draws, count)
    assert (np.sort(found, axis=1) == np.arange(count)).all()
    assert (found != np.arange(count)).all()


def test_derangements_are_uniform():
    found, counts = np.unique(derangements(4, 9000, 0), axis=0, return_counts=True)
    assert len(found) == 9
    # Expected 1000 each, standard deviation 30.
    assert (abs(counts - 1000) < 150).all()


@given(st.permutations([f"{n}" for n in range(8)]))
def test_values_do_not_depend_on_order_or_on_other_attacks(order):
    ids = sorted(order)
    cams, first, second = grids(0, ids), grids(1, ids), grids(2, ids)
    expected = table(ids, cams, {"a": first, "b": second}, {})
    shuffled = {image: cams[image] for image in order}
    found = table(order, shuffled, {"b": {image: second[image] for image in order}}, {})
    assert found == {key: value for key, value in expected.items() if key[0] == "b"}


def test_the_null_compares_with_other_images_only():
    # Each deficit is its own CAM, and every other pair is exactly reversed or the same.
    rise = np.arange(49.0).reshape(7, 7)
    cams = {"a": rise, "b": -rise}
    found = table(["a", "b"], cams, {"x": {"a": rise, "b": rise.max() - rise}}, {})
    assert found["x", "spearman_cam", "a"][0] == pytest.approx(1)
    assert found["x", "spearman_cam_null", "a"][0] == pytest.approx(-1)
    assert found["x", "top_iou_cam", "b"][0] == 1
    assert found["x", "top_iou_cam_null", "b"][0] == 0


def test_the_null_tends_to_the_mean_over_all_other_images():
    ids = list("abcdef")
    cams, deficits = grids(0, ids), grids(1, ids)
    found = table(ids, cams, {"x": deficits}, {}, null_draws=4000)
    for image in ids:
        others = [spearman(deficits[image].ravel(), cams[o].ravel()) for o in ids if o != image]
        assert found["x", "spearman_cam_null", image][0] == pytest.approx(np.mean(others), abs=0.02)


def test_share_inside_the_object_is_the_deficit_weighted_by_the_mask():
    mask, deficit = np.zeros((7, 7)), np.ones((7, 7))
    mask[0, 0], mask[3, 3], deficit[3, 3] = 0.5, 1.0, 3.0
    found = table(["a"], {"a": deficit}, {"x": {"a": deficit}}, {"a": mask})
    assert found["x", "share_mask", "a"][0] == pytest.approx((0.5 + 3) / 51)


def test_what_is_missing_has_a_reason():
    ids = list("abcdef")
    cams = {**grids(0, ids), "b": "failed: no CAM", "c": np.ones((7, 7))}
    deficits = {**grids(1, ids), "a": "skipped: misclassified", "d": np.zeros((7, 7))}
    del deficits["e"]
    found = table(ids, cams, {"x": deficits}, {"f": np.eye(7)})
    assert len(found) == 6 * (CAM + MASK + TEXTURE + CENTRE)
    assert all((value is None) == (reason is not None) for value, reason in found.values())
    reasons = {image: found["x", "spearman_cam", image][1] for image in ids}
    assert reasons == {
        "a": "skipped: misclassified",
        "b": "failed: no CAM",
        "c": "the CAM is the same in every cell",
        "d": "the distortion is the same in every cell",
        "e": "no map of the distortion",
        "f": None,
    }
    assert found["x", "share_mask", "f"][0] is not None
    assert found["x", "share_mask_null", "f"] == (
        None,
        "no object mask of another image to compare with",
    )
    assert found["x", "share_mask", "c"] == (None, "no object mask")
    # The constant CAM of image c is no part of the null of the others.
    assert found["x", "spearman_cam_null", "f"][0] is not None


def test_texture_is_held_fixed_and_what_it_explains_is_gone():
    ids = [f"{n:02}" for n in range(30)]
    texture, noise = grids(0, ids), grids(1, ids)
    # The CAM follows the texture, and so does the distortion; beyond it they share nothing.
    cams = {image: texture[image] + 0.3 * noise[image] for image in ids}
    deficits = {image: texture[image] + 0.3 * other for image, other in grids(2, ids).items()}
    found = table(ids, cams, {"x": deficits}, {}, texture)
    mean = {
        metric: np.mean([found["x", metric, image][0] for image in ids])
        for metric in ("spearman_cam", "partial_cam", "spearman_texture", "spearman_centre")
    }
    assert mean["spearman_cam"] > 0.8 and mean["spearman_texture"] > 0.8
    assert abs(mean["partial_cam"]) < 0.1 and abs(mean["spearman_centre"]) < 0.1
    assert found["x", "shift_rank_cam_null", ids[0]][0] == 0.5


def test_the_cam_is_set_against_each_rival_map_image_by_image():
    ids = [f"{n:02}" for n in range(12)]
    cams, texture, noise = (grids(seed, ids) for seed in range(3))
    follows = {"cam": cams, "texture": texture, "both": None}
    deficits = {
        attack: {
            image: (cams[image] + texture[image] if of is None else of[image]) + 0.2 * noise[image]
            for image in ids
        }
        for attack, of in follows.items()
    }
    found = table(ids, cams, deficits, {}, texture)
    rivals = {"texture": texture, "centre": dict.fromkeys(ids, centre_map((7, 7)))}
    means = {}
    for attack, maps in deficits.items():
        for rival, theirs in rivals.items():
            values = []
            for image in ids:
                value = found[attack, f"over_{rival}_cam", image][0]
                cam, other = (
                    spearmanr(maps[image].ravel(), one[image].ravel()).statistic
                    for one in (cams, theirs)
                )
                assert value == pytest.approx(cam - other)
                assert found[attack, f"over_{rival}_cam_null", image] == (0.0, None)
                values.append(value)
            means[attack, rival] = np.mean(values)
    assert means["cam", "texture"] > 0.7 and means["cam", "centre"] > 0.7
    assert means["texture", "texture"] < -0.7 and abs(means["texture", "centre"]) < 0.2
    assert abs(means["both", "texture"]) < 0.2 and means["both", "centre"] > 0.4


def test_without_a_texture_nothing_is_held_fixed_silently():
    ids = ["a", "b", "c"]
    found = table(ids, grids(0, ids), {"x": grids(1, ids)}, {}, {**grids(2, ids), "a": "no image"})
    assert found["x", "partial_cam", "a"] == (None, "no image")
    assert found["x", "spearman_texture", "a"] == (None, "no image")
    assert found["x", "over_texture_cam", "a"] == (None, "no image")
    assert found["x", "over_texture_cam_null", "a"] == (None, "no image")
    assert found["x", "over_centre_cam", "a"][0] is not None
    assert found["x", "partial_cam", "b"][0] is not None
    textures = {**grids(2, ids), "a": np.ones((7, 7))}
    del textures["c"]
    found = table(ids, grids(0, ids), {"x": grids(1, ids)}, {}, textures)
    reason = "the local variance is the same in every cell"
    assert found["x", "over_texture_cam", "a"] == (None, reason)
    assert found["x", "partial_cam", "a"][0] is not None
    assert found["x", "over_texture_cam", "c"] == (None, "no local variance")
    flat = table(ids, {**grids(0, ids), "b": np.ones((7, 7))}, {"x": grids(1, ids)}, {})
    assert flat["x", "over_centre_cam_null", "b"] == (None, "the CAM is the same in every cell")


def test_nothing_measurable_still_gives_rows():
    found = table(["a"], {"a": "failed: broken"}, {"x": {}}, {}, {"a": "failed: broken"})
    assert len(found) == CAM + TEXTURE + CENTRE
    assert {value for value, _ in found.values()} == {None}


def test_other_distortions_and_explanations_have_metrics_of_their_own():
    ids = list("abcdef")
    cams, deficits, masks = (grids(seed, ids) for seed in range(3))
    squared, gradient = grids(4, ids), {**grids(5, ids), "b": "its grid is coarser than the CAM's"}
    plain = table(ids, cams, {"x": deficits}, masks)
    found = table(
        ids,
        cams,
        {"x": deficits},
        masks,
        explanations={"gradient": gradient},
        others={"squared": squared},
    )
    # What was measured without them stays as it is.
    assert {key: value for key, value in found.items() if key in plain} == plain
    added = {metric for _, metric, _ in found} - {metric for _, metric, _ in plain}
    assert {name for name in added if not name.endswith("_null")} == {
        "spearman_cam_of_squared",
        "top_share_cam_of_squared",
        "interpretability_cam_of_squared",
        "spearman_mask_of_squared",
        "share_mask_of_squared",
        "spearman_gradient",
        "top_share_gradient",
    }
    for image in ids:
        # StrAttack's score: || B * d || / || d ||, B the CAM above its threshold.
        inside = cams[image] >= np.sort(cams[image].ravel())[-10]
        norms = np.sqrt([squared[image][inside].sum(), squared[image].sum()])
        score = found["x", "interpretability_cam_of_squared", image][0]
        assert score == pytest.approx(norms[0] / norms[1])
        expected = spearman(squared[image].ravel(), cams[image].ravel())
        assert found["x", "spearman_cam_of_squared", image][0] == pytest.approx(expected)
        if image != "b":
            expected = spearman(deficits[image].ravel(), gradient[image].ravel())
            assert found["x", "spearman_gradient", image][0] == pytest.approx(expected)
    assert found["x", "top_share_gradient", "b"] == (None, gradient["b"])
