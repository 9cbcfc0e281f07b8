"""The one-pixel attack on a linear model, for which the best pixel can be found exhaustively."""

from itertools import permutations

import numpy as np
import pytest
import torch

from ssimball.attacks.interface import Batch
from ssimball.attacks.methods import one_pixel
from ssimball.attacks.methods.one_pixel import NOT_FOUND, attack
from ssimball.config.attacks.sparse import OnePixelConfig
from ssimball.models.pass_counter import PassCounter

SHAPE = (3, 12, 20)


def weight_of(size):
    return size * torch.from_numpy(np.random.default_rng(4).uniform(-1, 1, SHAPE))


def run(model, settings, target=None, labels=(0,)):
    images = torch.full((len(labels), *SHAPE), 0.4, dtype=torch.float64)
    targets = None if target is None else torch.full((len(labels),), target)
    rng = [np.random.default_rng(i) for i in range(len(labels))]
    return images, attack(model, Batch(images, torch.tensor(labels), rng, targets), settings)


@pytest.mark.parametrize("target", [None, 1])
def test_result_is_close_to_the_best_pixel(target, linear):
    weight = weight_of(2.0)
    # Probabilities that never stop the search early.
    settings = OnePixelConfig(label_probability=1e-9, target_probability=1 - 1e-9)
    clean, result = run(linear(weight), settings, target)
    d = (result.adversarial - clean)[0]
    assert result.failures == [None]
    assert int((d != 0).any(0).sum()) == 1
    # Each channel of the pixel goes to 0 or 1, whichever reduces the margin more.
    each = torch.maximum(weight * 0.4, -weight * 0.6).sum(0).flatten()
    optimum = float(each.max())
    assert 0.9 * optimum <= -float((d * weight).sum()) <= optimum * (1 + 1e-9)


def test_whole_population_is_judged_in_each_generation(linear):
    model = linear(weight_of(0.1))
    with PassCounter(model) as passes:
        clean, result = run(model, OnePixelConfig(population=30, generations=7))
    assert passes.forward == 30 * (7 + 1) + 1
    assert passes.backward == 0
    # The weights are so small that no pixel changes the class.
    assert result.failures == [NOT_FOUND]
    assert torch.equal(result.adversarial, clean)


def test_children_are_mutations_without_crossover(linear, monkeypatch):
    """All entries of a child are x_r1 + (x_r2 - x_r3) / 2 with the same r, unless out of bounds."""
    judged, objective = [], one_pixel._Search.objective

    def spy(search, candidates):
        judged.append(candidates.T.copy())
        return objective(search, candidates)

    monkeypatch.setattr(one_pixel._Search, "objective", spy)
    run(linear(weight_of(0.1)), OnePixelConfig(pixels=2, population=6, generations=1))
    parents, children = judged
    limit = np.tile([12, 20, 255, 255, 255], 2)
    assert parents.shape == children.shape == (6, 10)
    assert (parents >= 0).all() and (parents <= limit).all()
    mutants = np.stack([a + (b - c) / 2 for a, b, c in permutations(parents, 3)])
    for child in children:
        inside = (mutants >= 0) & (mutants <= limit)
        assert (np.isclose(mutants, child) | ~inside).all(1).any()


@pytest.mark.parametrize("target", [None, 1])
def test_search_stops_at_the_probability_of_the_settings(target, linear):
    model = linear(weight_of(20.0))
    with PassCounter(model) as passes:
        _, result = run(model, OnePixelConfig(population=30), target)
    assert passes.forward <= 30 * 3 + 1
    assert float(model(result.adversarial).softmax(1)[0, 0]) < (0.05 if target is None else 0.1)


def test_values_are_whole_grey_levels(linear):
    clean, result = run(linear(weight_of(3.0)), OnePixelConfig(population=30, generations=3))
    changed = result.adversarial[
        (result.adversarial != clean).any(1, keepdim=True).expand_as(clean)
    ]
    torch.testing.assert_close(255 * changed, (255 * changed).round())


def test_constant_network_is_not_fooled(linear):
    clean, result = run(linear(torch.zeros(SHAPE)), OnePixelConfig(), labels=(0, 1))
    assert result.failures == [NOT_FOUND, None]
    assert torch.equal(result.adversarial[0], clean[0])
