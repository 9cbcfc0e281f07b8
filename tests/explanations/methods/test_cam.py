"""Class activation maps: with the bias they account for the logit exactly."""

import pytest
import torch

from ssimball.config.explanation import CamConfig
from ssimball.storage.images import to_tensor


@pytest.mark.parametrize("network", ["demo_classifier", "resnet"])
def test_mean_of_the_map_plus_bias_is_the_logit(network, request, picture, explain):
    classifier = request.getfixturevalue(network)
    images = torch.stack([torch.from_numpy(picture(n, (3, 224, 160))) for n in (0, 1)])
    labels = torch.tensor([3, 7])
    found = explain(CamConfig(), classifier, images, labels)
    with torch.no_grad():
        logits = classifier(images)[torch.arange(2), labels].double()
    assert found.maps.shape == (2, 7, 5)
    torch.testing.assert_close(found.logits, logits)
    rebuilt = found.maps.double().mean((1, 2)) + found.biases
    torch.testing.assert_close(rebuilt, logits, rtol=1e-5, atol=1e-5)


def test_map_points_at_the_object(demo_classifier, scene, explain):
    """Painting over the cell with the largest value lowers the logit more than the smallest."""
    image, label = to_tensor(scene)[None], torch.tensor([3])
    cells = explain(CamConfig(), demo_classifier, image, label).maps[0]

    def logit_without(cell):
        row, column = divmod(int(cell), 7)
        covered = image.clone()
        covered[..., 32 * row : 32 * row + 32, 32 * column : 32 * column + 32] = 0.5
        return float(explain(CamConfig(), demo_classifier, covered, label).logits)

    assert logit_without(cells.argmax()) < logit_without(cells.argmin())
