"""Generators depend on seed and purpose alone."""

import hashlib

from ssimball.runtime.randomness import digest, generator


def test_generators_are_repeatable_and_differ_by_seed_image_and_attack():
    keys = [(0, "a", "b"), (1, "a", "b"), (0, "b", "a"), (0, "ab", ""), (0, "a"), (10, "a", "b")]
    drawn = [tuple(generator(*key).integers(0, 2**60, 4)) for key in keys]
    assert len(set(drawn)) == len(keys)
    assert [tuple(generator(*key).integers(0, 2**60, 4)) for key in keys] == drawn


def test_digest_is_what_it_says():
    assert digest(7, "x", "y") == hashlib.sha256(b"7\0x\0y").hexdigest()
