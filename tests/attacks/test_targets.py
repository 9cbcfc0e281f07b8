"""The class that a targeted attack seeks, and the rows of targeted attacks."""

from collections import Counter

import numpy as np
import pytest
import torch
from scipy.stats import chisquare

from ssimball.attacks import driver
from ssimball.attacks.registry import load
from ssimball.attacks.targets import target_class
from ssimball.attacks.task import Subject, Task
from ssimball.config.attacks.gradient import FgsmConfig, PgdConfig
from ssimball.config.comparison import ComparisonConfig
from ssimball.errors import ConfigError
from ssimball.storage.images import to_tensor

LOGITS = [3.0, -1.0, -2.0, 0.0]


@pytest.fixture(scope="module")
def subjects(picture, demo_classifier):
    """Scenes, with the classes that the network predicts as labels."""
    levels = [np.round(255 * picture(n, (3, 64, 64))).astype(np.uint8) for n in (0, 6, 12)]
    images = [np.ascontiguousarray(rgb.transpose(1, 2, 0)) for rgb in levels]
    labels = [int(demo_classifier(to_tensor(rgb)[None]).argmax()) for rgb in images]
    return [Subject(f"image-{i}", *pair) for i, pair in enumerate(zip(labels, images, strict=True))]


def rows(settings, classifier, subjects, device="cpu", **changes):
    comparison = ComparisonConfig(mode="fixed_budget")
    task = Task("a", load(settings.method), settings, classifier, 0, comparison, device)
    return list(driver.run(Task(**{**vars(task), **changes}), subjects, 3))


def test_least_likely_is_the_smallest_logit_of_another_class():
    rng = np.random.default_rng(0)
    assert target_class("least_likely", 0, LOGITS, rng) == 2
    assert target_class("least_likely", 2, LOGITS, rng) == 1
    assert target_class("least_likely", 0, [0.0, 0.0], rng) == 1


def test_random_is_uniform_over_the_other_classes():
    rng = np.random.default_rng(0)
    drawn = Counter(target_class("random", 1, LOGITS, rng) for _ in range(3000))
    assert set(drawn) == {0, 2, 3}
    assert chisquare(list(drawn.values())).pvalue > 0.001


def test_class_that_does_not_exist_is_an_error(subjects, demo_classifier):
    with pytest.raises(ConfigError, match="10 is not one of the classes 0 to 9"):
        rows(FgsmConfig(target=10), demo_classifier, subjects)


def test_random_target_depends_on_image_and_seed_but_not_on_the_attack(subjects, demo_classifier):
    def drawn(settings, **changes):
        many = [Subject(f"{n}", subjects[0].label, subjects[0].rgb) for n in range(8)]
        return [row["target"] for row in rows(settings, demo_classifier, many, **changes)]

    first = drawn(FgsmConfig(target="random"))
    assert drawn(PgdConfig(target="random", steps=1), name="b") == first
    assert drawn(FgsmConfig(target="random"), device="cpu:0") == first
    assert drawn(FgsmConfig(target="random"), seed=1) != first
    assert len(set(first)) > 2
    assert subjects[0].label not in first


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])  # "cpu:0" works in batches, as a GPU does
@pytest.mark.parametrize(("epsilon", "reached"), [(4.0, [True, False, False]), (1e-3, [False] * 3)])
def test_success_means_that_the_target_is_reached(
    device, epsilon, reached, subjects, demo_classifier
):
    settings = PgdConfig(
        norm="l2",
        epsilon=epsilon,
        steps=40,
        relative_step_size=0.05,
        target="least_likely",
    )
    found = rows(settings, demo_classifier, subjects, device)
    for row, subject in zip(found, subjects, strict=True):
        with torch.no_grad():
            logits = demo_classifier(to_tensor(subject.rgb)[None])[0]
        assert row["target"] == int(logits.argmin())
        assert row["success"] == (row["predicted"] == row["target"])
        # The margin is that of the label also in targeted attacks.
        assert (row["margin"] < 0) == (row["predicted"] != row["label"])
    assert [row["success"] for row in found] == reached


@pytest.mark.parametrize("device", ["cpu", "cpu:0"])
def test_image_of_the_targets_class_is_skipped(device, subjects, demo_classifier):
    settings = FgsmConfig(target=subjects[1].label)
    found = rows(settings, demo_classifier, subjects, device)
    same = [subject.label == subjects[1].label for subject in subjects]
    assert [row["image_id"] for row in found] == [subject.image_id for subject in subjects]
    for row, skipped in zip(found, same, strict=True):
        assert row["status"] == ("skipped: its class is the target" if skipped else "attacked")
        assert set(row) == {"image_id", "label", "status"} if skipped else row["target"] is not None
    assert same[1]


def test_untargeted_rows_have_no_target(subjects, demo_classifier):
    for row in rows(FgsmConfig(), demo_classifier, subjects):
        assert row["target"] is None
        assert row["success"] == (row["predicted"] != row["label"])
