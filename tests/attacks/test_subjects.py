"""The images of a shard to attack, and the other image that goes with each."""

import numpy as np

from ssimball.attacks.subjects import partners, subjects
from ssimball.storage.images import encode_png


def row(number, correct=True):
    png = None if correct is None else encode_png(np.full((2, 2, 3), number, np.uint8))
    names = {"image_id": f"i{number}", "label": 10 + number, "correct": correct}
    return {**names, "image_png": png, "margin": 0.5 * number}


def test_partners_may_be_misclassified_but_need_an_image():
    clean = [row(0), row(1, False), row(2), row(3, None), row(4), row(5)]
    order = [{"position": number, "image_id": f"i{number}"} for number in range(7)]
    # Image 6 lies in a shard that was not read.
    shard = subjects(clean, partners(order, clean))
    others = {subject.image_id: subject.other for subject in shard}
    assert list(others) == ["i0", "i2", "i4", "i5"]
    assert (others["i0"].image_id, others["i0"].label) == ("i1", 11)
    assert (others["i0"].rgb == 1).all()
    assert others["i2"] is None
    assert (others["i4"].image_id, others["i5"].image_id) == ("i5", "i4")
    assert "i5" not in partners(order, [row(5)])
    assert partners(order[:1], [row(0)]) == {}
    # In two shards: the last image, which is left over, is paired with the one before it.
    assert set(partners([order[2], order[1]], [row(1), row(2)])) == {"i2"}
    assert [subject.other for subject in subjects(clean, {})] == [None] * 4
