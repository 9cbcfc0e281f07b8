"""Drawing a subset: stratified, prefix-stable, independent of the order of the files."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssimball.datasets.interface import Entry
from ssimball.errors import DatasetError
from ssimball.subset import draw


@st.composite
def datasets(draw_value):
    labels = draw_value(st.lists(st.integers(0, 5), min_size=1, max_size=40))
    return [Entry(f"image-{i}", label) for i, label in enumerate(labels)]


SEEDS = st.integers(0, 1000)


@given(datasets(), SEEDS, st.data())
def test_classes_take_turns_until_they_run_out(entries, seed, data):
    count = data.draw(st.integers(1, len(entries)))
    drawn = draw(entries, count, seed)
    assert len({entry.image_id for entry in drawn}) == count
    taken, there = (Counter(entry.label for entry in some) for some in (drawn, entries))
    most = max(taken.values())
    # A class that lags behind the most drawn by more than one has no image left.
    assert all(taken[label] >= min(most - 1, there[label]) for label in there)


@given(datasets(), SEEDS, st.randoms(use_true_random=False))
def test_order_of_the_files_does_not_matter(entries, seed, shuffler):
    shuffled = list(entries)
    shuffler.shuffle(shuffled)
    assert draw(shuffled, len(entries), seed) == draw(entries, len(entries), seed)


@given(datasets(), SEEDS, st.data())
def test_more_images_only_add_to_the_end(entries, seed, data):
    count = data.draw(st.integers(1, len(entries)))
    assert draw(entries, count, seed) == draw(entries, len(entries), seed)[:count]


def test_seed_changes_images_and_order_of_classes():
    entries = [Entry(f"image-{i}", i % 10) for i in range(200)]
    draws = [draw(entries, 10, seed) for seed in range(20)]
    assert len({frozenset(entry.image_id for entry in drawn) for drawn in draws}) == 20
    assert len({drawn[0].label for drawn in draws}) > 3


def test_asking_for_too_many_is_a_dataset_error():
    with pytest.raises(DatasetError, match=r"subset.images: 3 asked for, the data set holds 2"):
        draw([Entry("a", 0), Entry("b", 1)], 3, 0)
