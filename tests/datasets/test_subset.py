"""A subset is drawn by class, is a prefix of larger ones, and ignores the order of files."""

from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ssimball.datasets.interface import Entry
from ssimball.datasets.subset import choose, draw, partner, partner_shards


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
    taken, available = (Counter(entry.label for entry in some) for some in (drawn, entries))
    most = max(taken.values())
    # A class more than one image behind the leading class has no image left.
    assert all(taken[label] >= min(most - 1, available[label]) for label in available)


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


def test_all_images_come_in_their_own_order():
    entries = [Entry(name, label) for name, label in (("b", 1), ("a", 1), ("c", 0))]
    assert choose(entries, "all", 0) == entries
    assert choose(entries, 2, 0) == draw(entries, 2, 0)


@given(st.integers(2, 50))
def test_images_pair_up_and_only_the_last_may_share_a_partner(images):
    partners = [partner(position, images) for position in range(images)]
    last_is_left_over = images % 2 == 1
    for position, other in enumerate(partners):
        is_last = position == images - 1
        assert other != position
        assert other in range(images)
        assert partners[other] == position or is_last
        # One more image at the end changes only the partner of an image left over.
        assert partner(position, images + 1) == other or (last_is_left_over and is_last)
    assert partner(0, 1) is None


@pytest.mark.parametrize(
    ("shard", "size", "images", "expected"),
    [
        ("00000", 3, 7, ["00000", "00001"]),  # 0, 1, 2 and their partners 1, 0, 3
        ("00001", 3, 7, ["00000", "00001"]),  # 3, 4, 5: 2, 5, 4
        ("00002", 3, 7, ["00001"]),  # 6, left over: 5
        ("00002", 3, 8, ["00002"]),
        ("00004", 1, 6, ["00005"]),
        ("00000", 8, 1, []),
    ],
)
def test_shards_of_partners(shard, size, images, expected):
    assert partner_shards(shard, size, images) == expected
