"""Networks with random weights: which layers are drawn, from which distribution."""

import pytest
import torch

from ssimball.config.model import ModelConfig
from ssimball.errors import ModelError
from ssimball.models.classifier import load_classifier
from ssimball.models.clean import predict


def randomised(layers, seed=0):
    return load_classifier(ModelConfig(randomised_layers=layers, randomised_seed=seed))


def weights(classifier):
    kinds = (torch.nn.Conv2d, torch.nn.Linear)
    return [m.weight for m in classifier.network.modules() if isinstance(m, kinds)]


def test_random_head_weighs_the_trained_features(demo_classifier):
    """The logits are the pooled trained features times normal weights of variance 2 / K."""
    classifier, images = randomised(1), torch.rand(2, 3, 64, 64)
    _, trained = demo_classifier.logits_and_features(images)
    _, features = classifier.logits_and_features(images)
    assert torch.equal(features, trained)
    head = classifier.network.classifier[1]
    assert head.weight.std().item() == pytest.approx((2 / head.in_features) ** 0.5, rel=0.05)
    logits = trained.mean((2, 3)) @ head.weight.T
    torch.testing.assert_close(classifier(images), logits, rtol=1e-4, atol=1e-5)


def test_cascade_is_nested_and_depends_on_the_seed_alone(demo_classifier):
    trained, five, more = (weights(c) for c in (demo_classifier, randomised(5), randomised(9)))
    for index, (before, few, many) in enumerate(
        zip(reversed(trained), reversed(five), reversed(more), strict=True)
    ):
        assert torch.equal(few, before) == (index >= 5)
        assert torch.equal(many, before) == (index >= 9)
        assert index >= 5 or torch.equal(few, many)
    assert torch.equal(weights(randomised(5))[-1], five[-1])
    assert not torch.equal(weights(randomised(5, seed=1))[-1], five[-1])


def test_all_layers_have_the_variance_of_he_and_no_normalisation():
    classifier = randomised("all")
    for weight in weights(classifier):
        scaled = weight.var().item() * weight[0].numel() / 2
        # Four standard errors of a variance of n normal values.
        assert scaled == pytest.approx(1, abs=4 * (2 / weight.numel()) ** 0.5)
    # Normalisations that are the identity leave the convolutions' biases at 0.
    for module in classifier.network.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            assert not module.bias.any()


def test_predicted_class_stands_in_for_the_label_and_too_many_layers_are_refused():
    row = predict(randomised("all"), torch.rand(3, 64, 64), label=7)
    assert row["label"] == row["predicted"] and row["correct"]
    with pytest.raises(ModelError, match="54 is more than the network's 53 layers"):
        randomised(54)
