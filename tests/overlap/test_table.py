"""The overlap table: comparison with other images' maps, and a row for everything."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import spearmanr

from ssimball.overlap.grids import centre_map
from ssimball.overlap.inputs import Maps
from ssimball.overlap.metric import (
    PARTIAL_CAM,
    SHARE_MASK,
    SPEARMAN_CAM,
    TOP_IOU_CAM,
    Metric,
)
from ssimball.overlap.scores import spearman
from ssimball.overlap.table import OverlapSettings, derangements, overlaps

# Number of metrics with each reference.
CAM, MASK, TEXTURE, CENTRE = 12, 8, 1, 1
SPEARMAN_TEXTURE, SPEARMAN_CENTRE = Metric("spearman", "texture"), Metric("spearman", "centre")
OVER_TEXTURE, OVER_CENTRE = Metric("over_texture", "cam"), Metric("over_centre", "cam")


def grids(seed, ids):
    rng = np.random.default_rng(seed)
    return {image: rng.random((7, 7)) for image in ids}


def measured(cams, deficits, masks=None, textures=None, explanations=None, others=None, draws=20):
    """Return the overlap by attack, metric and image."""
    textures = grids(9, sorted(cams)) if textures is None else textures
    distortions = {attack: {"deficit": of} | (others or {}) for attack, of in deficits.items()}
    maps = Maps(cams, masks or {}, textures, distortions, explanations or {})
    settings = OverlapSettings(top=0.2, null_draws=draws, seed=3)
    return {(one.attack, one.metric, one.image_id): one for one in overlaps(maps, settings)}


def value(overlap):
    return overlap.value, overlap.reason


def null(overlap):
    return overlap.null, overlap.null_reason


@given(st.integers(2, 40), st.integers(1, 20), st.integers(0, 2**32))
def test_derangements_move_every_image(count, draws, seed):
    drawn = derangements(count, draws, seed)
    assert drawn.shape == (draws, count)
    assert (np.sort(drawn, axis=1) == np.arange(count)).all()
    assert (drawn != np.arange(count)).all()


def test_derangements_are_uniform():
    distinct, counts = np.unique(derangements(4, 9000, 0), axis=0, return_counts=True)
    assert len(distinct) == 9
    # Expected 1000 each, standard deviation 30.
    assert (abs(counts - 1000) < 150).all()


@given(st.permutations([f"{n}" for n in range(8)]))
def test_values_do_not_depend_on_order_or_on_other_attacks(order):
    ids = sorted(order)
    cams, first, second = grids(0, ids), grids(1, ids), grids(2, ids)
    expected = measured(cams, {"a": first, "b": second})
    shuffled = {image: cams[image] for image in order}
    found = measured(shuffled, {"b": {image: second[image] for image in order}})
    assert found == {key: overlap for key, overlap in expected.items() if key[0] == "b"}


def test_the_null_compares_with_other_images_only():
    # Each SSIM deficit equals its own CAM and is the exact reverse of the other one.
    rise = np.arange(49.0).reshape(7, 7)
    cams = {"a": rise, "b": -rise}
    found = measured(cams, {"x": {"a": rise, "b": rise.max() - rise}})
    assert found["x", SPEARMAN_CAM, "a"].value == pytest.approx(1)
    assert found["x", SPEARMAN_CAM, "a"].null == pytest.approx(-1)
    assert found["x", TOP_IOU_CAM, "b"].value == 1
    assert found["x", TOP_IOU_CAM, "b"].null == 0


def test_the_null_tends_to_the_mean_over_all_other_images():
    ids = list("abcdef")
    cams, deficits = grids(0, ids), grids(1, ids)
    found = measured(cams, {"x": deficits}, draws=4000)
    for image in ids:
        others = [spearman(deficits[image].ravel(), cams[o].ravel()) for o in ids if o != image]
        assert found["x", SPEARMAN_CAM, image].null == pytest.approx(np.mean(others), abs=0.02)


def test_share_inside_the_object_is_the_ssim_deficit_weighted_by_the_mask():
    mask, deficit = np.zeros((7, 7)), np.ones((7, 7))
    mask[0, 0], mask[3, 3], deficit[3, 3] = 0.5, 1.0, 3.0
    found = measured({"a": deficit}, {"x": {"a": deficit}}, {"a": mask})
    assert found["x", SHARE_MASK, "a"].value == pytest.approx((0.5 + 3) / 51)


def test_every_missing_number_has_a_reason():
    ids = list("abcdef")
    cams = {**grids(0, ids), "b": "failed: no CAM", "c": np.ones((7, 7))}
    deficits = {**grids(1, ids), "a": "skipped: misclassified", "d": np.zeros((7, 7))}
    del deficits["e"]
    found = measured(cams, {"x": deficits}, {"f": np.eye(7)})
    assert len(found) == 6 * (CAM + MASK + TEXTURE + CENTRE)
    assert all((one.value is None) == (one.reason is not None) for one in found.values())
    assert all((one.null is None) == (one.null_reason is not None) for one in found.values())
    reasons = {image: found["x", SPEARMAN_CAM, image].reason for image in ids}
    assert reasons == {
        "a": "skipped: misclassified",
        "b": "failed: no CAM",
        "c": "the CAM is the same in every cell",
        "d": "the distortion is the same in every cell",
        "e": "no map of the distortion",
        "f": None,
    }
    assert found["x", SHARE_MASK, "f"].value is not None
    assert null(found["x", SHARE_MASK, "f"]) == (
        None,
        "no object mask of another image to compare with",
    )
    assert value(found["x", SHARE_MASK, "c"]) == (None, "no object mask")
    assert null(found["x", SPEARMAN_CENTRE, "f"]) == (
        None,
        "the centre map is the same for all images",
    )
    # The constant CAM of image c is no part of the null of the others.
    assert found["x", SPEARMAN_CAM, "f"].null is not None


def test_the_partial_correlation_removes_what_texture_explains():
    ids = [f"{n:02}" for n in range(30)]
    texture, noise = grids(0, ids), grids(1, ids)
    # CAM and distortion both follow the texture and share nothing else.
    cams = {image: texture[image] + 0.3 * noise[image] for image in ids}
    deficits = {image: texture[image] + 0.3 * other for image, other in grids(2, ids).items()}
    found = measured(cams, {"x": deficits}, textures=texture)
    mean = {
        metric: np.mean([found["x", metric, image].value for image in ids])
        for metric in (SPEARMAN_CAM, PARTIAL_CAM, SPEARMAN_TEXTURE, SPEARMAN_CENTRE)
    }
    assert mean[SPEARMAN_CAM] > 0.8 and mean[SPEARMAN_TEXTURE] > 0.8
    assert abs(mean[PARTIAL_CAM]) < 0.1 and abs(mean[SPEARMAN_CENTRE]) < 0.1
    assert found["x", Metric("shift_rank", "cam"), ids[0]].null == 0.5


def test_over_texture_and_over_centre_are_differences_of_correlations():
    ids = [f"{n:02}" for n in range(12)]
    cams, texture, noise = (grids(seed, ids) for seed in range(3))
    both = {image: cams[image] + texture[image] for image in ids}
    deficits = {
        attack: {image: maps[image] + 0.2 * noise[image] for image in ids}
        for attack, maps in {"cam": cams, "texture": texture, "both": both}.items()
    }
    found = measured(cams, deficits, textures=texture)
    rivals = {OVER_TEXTURE: texture, OVER_CENTRE: dict.fromkeys(ids, centre_map((7, 7)))}
    means = {}
    for attack, maps in deficits.items():
        for metric, rival in rivals.items():
            values = []
            for image in ids:
                cam, other = (
                    spearmanr(maps[image].ravel(), one[image].ravel()).statistic
                    for one in (cams, rival)
                )
                overlap = found[attack, metric, image]
                assert overlap.value == pytest.approx(cam - other)
                assert null(overlap) == (0.0, None)
                values.append(overlap.value)
            means[attack, metric] = np.mean(values)
    assert means["cam", OVER_TEXTURE] > 0.7 and means["cam", OVER_CENTRE] > 0.7
    assert means["texture", OVER_TEXTURE] < -0.7 and abs(means["texture", OVER_CENTRE]) < 0.2
    assert abs(means["both", OVER_TEXTURE]) < 0.2 and means["both", OVER_CENTRE] > 0.4


def test_metrics_that_need_a_texture_are_missing_without_one():
    ids = ["a", "b", "c"]
    cams, deficits = grids(0, ids), {"x": grids(1, ids)}
    found = measured(cams, deficits, textures={**grids(2, ids), "a": "no image"})
    assert value(found["x", PARTIAL_CAM, "a"]) == (None, "no image")
    assert value(found["x", SPEARMAN_TEXTURE, "a"]) == (None, "no image")
    assert value(found["x", OVER_TEXTURE, "a"]) == (None, "no image")
    assert null(found["x", OVER_TEXTURE, "a"]) == (None, "no image")
    assert found["x", OVER_CENTRE, "a"].value is not None
    assert found["x", PARTIAL_CAM, "b"].value is not None
    textures = {**grids(2, ids), "a": np.ones((7, 7))}
    del textures["c"]
    found = measured(cams, deficits, textures=textures)
    reason = "the local variance is the same in every cell"
    assert value(found["x", OVER_TEXTURE, "a"]) == (None, reason)
    assert found["x", PARTIAL_CAM, "a"].value is not None
    assert value(found["x", OVER_TEXTURE, "c"]) == (None, "no local variance")
    flat = measured({**cams, "b": np.ones((7, 7))}, deficits)
    assert null(flat["x", OVER_CENTRE, "b"]) == (None, "the CAM is the same in every cell")


def test_a_run_without_any_map_still_has_rows():
    found = measured({"a": "failed: broken"}, {"x": {}}, textures={"a": "failed: broken"})
    assert len(found) == CAM + TEXTURE + CENTRE
    assert {(one.value, one.null) for one in found.values()} == {(None, None)}


def test_other_distortions_and_explanations_have_metrics_of_their_own():
    ids = list("abcdef")
    cams, deficits, masks = (grids(seed, ids) for seed in range(3))
    squared, gradient = grids(4, ids), {**grids(5, ids), "b": "its grid is coarser than the CAM's"}
    plain = measured(cams, {"x": deficits}, masks)
    more = {"explanations": {"gradient": gradient}, "others": {"squared": squared}}
    found = measured(cams, {"x": deficits}, masks, **more)
    # What was measured without them stays the same.
    assert {key: overlap for key, overlap in found.items() if key in plain} == plain
    assert {metric for _, metric, _ in found} - {metric for _, metric, _ in plain} == {
        Metric("spearman", "cam", "squared"),
        Metric("top_share", "cam", "squared"),
        Metric("interpretability", "cam", "squared"),
        Metric("spearman", "mask", "squared"),
        Metric("share", "mask", "squared"),
        Metric("spearman", "gradient"),
        Metric("top_share", "gradient"),
    }
    for image in ids:
        # StrAttack's score: || B * d || / || d ||, B the CAM above its threshold.
        inside = cams[image] >= np.sort(cams[image].ravel())[-10]
        norms = np.sqrt([squared[image][inside].sum(), squared[image].sum()])
        score = found["x", Metric("interpretability", "cam", "squared"), image].value
        assert score == pytest.approx(norms[0] / norms[1])
        expected = spearman(squared[image].ravel(), cams[image].ravel())
        measurement = found["x", Metric("spearman", "cam", "squared"), image].value
        assert measurement == pytest.approx(expected)
        if image != "b":
            expected = spearman(deficits[image].ravel(), gradient[image].ravel())
            measurement = found["x", Metric("spearman", "gradient"), image].value
            assert measurement == pytest.approx(expected)
    assert value(found["x", Metric("top_share", "gradient"), "b"]) == (None, gradient["b"])


def test_labels_name_every_metric_once():
    assert SPEARMAN_CAM.label == "spearman_cam"
    assert Metric("share", "mask", "absolute_green").label == "share_mask_of_absolute_green"
    ids = list("ab")
    found = measured(grids(0, ids), {"x": grids(1, ids)}, grids(2, ids))
    metrics = {metric for _, metric, _ in found}
    assert len({metric.label for metric in metrics}) == len(metrics)
