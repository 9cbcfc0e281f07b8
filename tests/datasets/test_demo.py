"""Demo scenes are the same on every machine, evenly labelled, and have exact object masks."""

import hashlib
from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import ndimage

from ssimball.config.dataset import DEMO_CLASSES
from ssimball.datasets.demo import scenes as demo
from ssimball.datasets.demo.scenes import CLASS_NAMES, DemoDataset, render_scene
from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError, ImageError

# These change only with the drawing code; the shipped classifier must then be retrained.
PINNED = {
    (0, 0, "train"): "c4e0e299f169ba4df284a74e7ce97d701cc4c531adfb6200cdbf842b96969414",
    (1, 7, "train"): "8a06fde7153a9da77ee7be050dcf49855d64a63adaee2e6987eb35c0709b2288",
    (0, 5, "validation"): "df6810ddb4272ba9b2456611d729dcb121535af3772aeefb4d92ccccf14bb837",
    (3, 1238, "validation"): "c9d30a833d631c94bb56e5c0ffd43e346345a9c35de0880451057fc75bcbcb7e",
}


@pytest.mark.parametrize("scene", PINNED)
def test_pixels_and_mask_are_the_pinned_ones(scene):
    drawn = render_scene(*scene)
    assert hashlib.sha256(drawn.rgb.tobytes() + drawn.mask.tobytes()).hexdigest() == PINNED[scene]


def test_the_configuration_has_the_number_of_classes():
    assert len(CLASS_NAMES) == DEMO_CLASSES


@pytest.mark.parametrize("label", range(len(CLASS_NAMES)))
def test_the_mask_is_what_changes_when_the_object_is_repainted(monkeypatch, label):
    def painted(value):
        pattern = CLASS_NAMES[label].split()[0]
        monkeypatch.setitem(demo.PATTERNS, pattern, lambda x, y, rng: np.full_like(x, value))
        return render_scene(11, 40 + label, "validation")

    first, second = painted(0.0), painted(1.0)
    changed = (first.rgb != second.rgb).any(axis=2)
    np.testing.assert_array_equal(first.mask, second.mask)
    # One pixel of tolerance: the soft edge of the object is half background.
    assert not (changed & ~ndimage.binary_dilation(first.mask, iterations=2)).any()
    assert not (~changed & ndimage.binary_erosion(first.mask)).any()


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 2**32),
    index=st.integers(0, 10**6),
    split=st.sampled_from(["train", "validation"]),
)
def test_every_scene_shows_one_large_object_on_a_textured_ground(seed, index, split):
    scene = render_scene(seed, index, split)
    assert (scene.rgb.shape, scene.rgb.dtype) == ((224, 224, 3), np.uint8)
    assert scene.label == index % 10
    assert 2500 <= scene.mask.sum() <= 14000
    parts, _ = ndimage.label(scene.mask)
    assert np.bincount(parts[parts > 0]).max() >= 0.95 * scene.mask.sum()
    assert scene.rgb[~scene.mask].std() > 4


def test_splits_seeds_and_indices_give_different_scenes():
    scenes = [(0, 3, "train"), (0, 3, "validation"), (1, 3, "train"), (0, 13, "train")]
    assert len({render_scene(*scene).rgb.tobytes() for scene in scenes}) == len(scenes)


def test_colour_says_little_about_the_class():
    """The mean colour inside the mask varies less between classes than within them."""
    scenes = [render_scene(5, index, "train") for index in range(300)]
    means = np.array([scene.rgb[scene.mask].mean(axis=0) for scene in scenes])
    by_class = means.reshape(30, 10, 3)
    assert (by_class.mean(axis=0).std(axis=0) < 0.5 * by_class.std(axis=0).mean(axis=0)).all()


def test_dataset_lists_renders_and_hashes_its_validation_scenes():
    dataset = DemoDataset(images=25, seed=4)
    entries = dataset.entries()
    assert [entry.image_id for entry in entries] == sorted(f"demo-{i:05d}" for i in range(25))
    assert sorted(Counter(entry.label for entry in entries).values()) == [2] * 5 + [3] * 5
    assert len(set(dataset.class_names)) == 10
    image, scene = dataset.load(entries[12]), render_scene(4, 12, "validation")
    np.testing.assert_array_equal(image.rgb, scene.rgb)
    np.testing.assert_array_equal(image.mask, scene.mask)
    assert dataset.sha256(entries[12]) == hashlib.sha256(scene.rgb.tobytes()).hexdigest()


def test_a_scene_is_rendered_once_for_its_hash_and_its_pixels(monkeypatch):
    rendered = []

    def render(*scene):
        rendered.append(scene)
        return render_scene(*scene)

    monkeypatch.setattr(demo, "render_scene", render)
    dataset = DemoDataset(images=3, seed=4)
    first, second, _ = dataset.entries()
    for entry in (first, second):
        dataset.sha256(entry)
        dataset.load(entry)
    assert rendered == [(4, 0, "validation"), (4, 1, "validation")]


@pytest.mark.parametrize("image_id", ["demo-00025", "demo-3", "cat", ""])
def test_unknown_image_is_an_error_that_names_it(image_id):
    with pytest.raises(ImageError, match="demo-00024") as caught:
        DemoDataset(images=25, seed=4).load(Entry(image_id, 0))
    assert image_id in str(caught.value)


@pytest.mark.parametrize(("images", "seed"), [(0, 0), (100_001, 0), (10, -1)])
def test_impossible_data_set_is_an_error(images, seed):
    with pytest.raises(DatasetError, match="expected"):
        DemoDataset(images=images, seed=seed)


@pytest.mark.parametrize("scene", [(0, 0, "test"), (-1, 0, "train"), (0, -1, "train")])
def test_impossible_scene_is_an_error(scene):
    with pytest.raises(DatasetError, match="expected"):
        render_scene(*scene)
